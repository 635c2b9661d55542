// The seal of a fleet's records: what was not written with the fleet's secret is not read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/tally.hpp"

namespace turnpike::fleet {

// Whom rows of shared tables are about: the keyed digest of a name.
using Who = std::uint64_t;
// Of one name: as this node writes it, then as those that have another secret do. Whoever asks for a name
// again and again keeps them, for making one takes a microsecond.
using Digests = std::vector<Who>;

enum class Kind : std::uint8_t { node, word, places, user_rates, room_rates, news, order };
inline constexpr std::size_t kKinds = 7;
// As in keys and channels.
std::string_view to_string(Kind kind);

// Why a record costs its writer a count, and nobody anything else.
enum class RecordFault : std::uint8_t {
  too_long,
  other_version,
  not_sealed,
  wrong_seal,
  malformed,
  misplaced
};
inline constexpr std::size_t kRecordFaults = 6;
using RecordFaults = Tally<RecordFault, kRecordFaults>;
std::string_view to_string(RecordFault fault);

// A record is "1.SEAL.PAYLOAD": the version of the format, 16 bytes of HMAC-SHA256 over the payload in
// base64url, the payload. The key is derived from the secret for each kind, so that no record stands for one
// of another kind. Without a secret the seal is empty.
class Seal {
 public:
  static constexpr std::size_t kRecordSizeMax = 262144;

  // `previous` is for reading alone: records of nodes that have not changed their secret yet, or have
  // already. Empty: there is none.
  explicit Seal(std::string_view secret, std::string_view previous = {});

  std::string close(Kind kind, std::string_view payload) const;
  // The payload, which is a part of `record`.
  Result<std::string_view, RecordFault> open(Kind kind, std::string_view record) const;

  // Which fleet that is, by the secret: a part of all keys, so that fleets with other secrets do not meet.
  const std::string& tag() const { return keyrings_.front().tag; }
  // The tags whose records are read: the own one first.
  std::vector<std::string> tags() const;

  // Of a name that a client may have chosen.
  Who digest(std::string_view name) const { return digest_with(keyrings_.front(), name); }
  // The digests that other nodes may use for it: the own one first.
  Digests digests(std::string_view name) const;
  // Of a wish that concerns the name, which is no name.
  Digests wish_digests(std::string_view name) const;
  // The name in a key, 22 characters of base64url, as each tag's nodes write it.
  std::vector<std::string> long_digests(std::string_view name) const;

 private:
  using Key = std::array<std::uint8_t, 32>;
  struct Keyring {
    bool is_open = false;  // without a secret
    std::string tag;
    std::array<Key, kKinds> kinds{};
    Key names{};
  };

  static Keyring keyring_of(std::string_view secret);
  static Who digest_with(const Keyring& keyring, std::string_view name, std::size_t offset = 0);

  std::vector<Keyring> keyrings_;  // one, or two with the previous secret
};

}  // namespace turnpike::fleet
