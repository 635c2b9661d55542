// The latest refusals of one worker in memory of a fixed size: who was refused, what, and why.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/turn/effect.hpp"

namespace turnpike::worker {

// One refused request.
struct RefusalRecord {
  static constexpr std::size_t kUserMax = 96;  // bytes kept of the user name; a longer one is cut

  UnixSeconds at_unix_s = 0;
  TimePoint at;
  FiveTuple tuple;
  stun::Method method = stun::Method::allocate;
  turn::Cause cause = turn::Cause::malformed;
  std::uint16_t code = 0;
  bool user_is_proven = false;  // true: the user proved the name; false: it is only claimed
  std::uint8_t user_size = 0;
  std::array<char, kUserMax> user_bytes{};
  IpAddress peer;      // the refused peer; of no family if none
  Endpoint alternate;  // the alternate server that the response named; of no family if none

  std::string_view user() const { return {user_bytes.data(), user_size}; }
};

// Selects refusals: by address and port of the client, or else by user.
struct RefusalQuery {
  std::optional<IpAddress> address = {};  // of the client
  std::uint16_t port = 0;                 // 0: any
  std::string user = {};                  // used only without an address; "": any user
  std::size_t max = 0;

  // Returns whether the record is selected; `max` plays no part.
  bool matches(const RefusalRecord& record) const;
};

// Keeps the latest `capacity` records: a new one replaces the oldest.
class RefusalRing {
 public:
  explicit RefusalRing(std::size_t capacity) : capacity_(capacity) { records_.reserve(capacity); }

  void add(const RefusalRecord& record);
  // Appends matching records to `found`, the latest first, until `found` holds `query.max` records.
  void find(const RefusalQuery& query, std::vector<RefusalRecord>& found) const;

 private:
  std::size_t capacity_;
  std::vector<RefusalRecord> records_;
  std::size_t next_ = 0;  // the oldest, once all places are taken
};

// Holds the latest refusals of one worker. Challenges (no credentials, or a stale or foreign nonce) have a
// ring of their own: every client causes one, and anybody can cause them from spoofed addresses, so they must
// not push out other refusals.
class Refusals {
 public:
  static constexpr std::size_t kRecords = 4096;
  static constexpr std::size_t kChallenges = 1024;

  // Adds a refusal to the ring of its kind.
  void add(const turn::RequestRefused& refused, const Now& now);
  // Returns matching records, the latest first, at most `query.max`.
  std::vector<RefusalRecord> find(const RefusalQuery& query) const;

 private:
  RefusalRing records_{kRecords};
  RefusalRing challenges_{kChallenges};
};

}  // namespace turnpike::worker
