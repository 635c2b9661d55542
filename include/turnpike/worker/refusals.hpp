// The latest refusals of one worker, in memory of a fixed size: who was refused what, and why.
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

struct RefusalRecord {
  static constexpr std::size_t kUserMax = 96;  // bytes of the name; of a longer one the beginning

  UnixSeconds at_unix_s = 0;
  TimePoint at;
  FiveTuple tuple;
  stun::Method method = stun::Method::allocate;
  turn::Cause cause = turn::Cause::malformed;
  std::uint16_t code = 0;
  bool user_is_shown = false;  // else anybody may have given that name
  std::uint8_t user_size = 0;
  std::array<char, kUserMax> user_bytes{};
  IpAddress peer;      // whom the request named in vain; of no family: nobody
  Endpoint alternate;  // where the client was sent; of no family: nowhere

  std::string_view user() const { return {user_bytes.data(), user_size}; }
};

struct RefusalQuery {
  std::optional<IpAddress> address = {};  // of the client
  std::uint16_t port = 0;                 // 0: any
  std::string user = {};                  // where there is no address; "": anybody's
  std::size_t max = 0;

  bool matches(const RefusalRecord& record) const;
};

// A ring: the oldest makes room.
class RefusalRing {
 public:
  explicit RefusalRing(std::size_t capacity) : capacity_(capacity) { records_.reserve(capacity); }

  void add(const RefusalRecord& record);
  // The latest first; adds them to `found` until that has as many as are wanted.
  void find(const RefusalQuery& query, std::vector<RefusalRecord>& found) const;

 private:
  std::size_t capacity_;
  std::vector<RefusalRecord> records_;
  std::size_t next_ = 0;  // the oldest, once all places are taken
};

// Challenges are what every client goes through once, and what anybody can bring about from invented
// addresses: they have a ring of their own, so that they push out nothing else.
class Refusals {
 public:
  static constexpr std::size_t kRecords = 4096;
  static constexpr std::size_t kChallenges = 1024;

  void add(const turn::RequestRefused& refused, const Now& now);
  // The latest first.
  std::vector<RefusalRecord> find(const RefusalQuery& query) const;

 private:
  RefusalRing records_{kRecords};
  RefusalRing challenges_{kChallenges};
};

}  // namespace turnpike::worker
