// Seals a fleet's records: a record that was not written with the fleet's secret is not read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/tally.hpp"

namespace turnpike::fleet {

// The keyed digest of a name, by which rows of shared tables are known.
using Who = std::uint64_t;
// The digests of one name: as this node writes it, then as nodes with another secret do. Keep them if you ask
// for a name often, since making one takes a microsecond.
using Digests = std::vector<Who>;

// The kinds of records.
enum class Kind : std::uint8_t { node, word, places, user_rates, room_rates, news, order };
inline constexpr std::size_t kKinds = 7;
// Returns the name that keys and channels use.
std::string_view to_string(Kind kind);

// The reason why a record is refused; the only consequence is a count.
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
// Returns the name that metrics use.
std::string_view to_string(RecordFault fault);

// Makes and checks seals. A record is "1.SEAL.PAYLOAD": the version of the format, 16 bytes of HMAC-SHA256
// over the payload in base64url, and the payload. Each kind has a key of its own that is derived from the
// secret, so a record of one kind never passes for another. Without a secret the seal is empty.
class Seal {
 public:
  static constexpr std::size_t kRecordSizeMax = 262144;

  // Takes the fleet's secrets. `previous` is for reading only, records of nodes that have not changed their
  // secret yet, or have already; "" means none.
  explicit Seal(std::string_view secret, std::string_view previous = {});

  // Returns the record of a payload.
  std::string close(Kind kind, std::string_view payload) const;
  // Returns the payload, a view into `record`, or why the record is refused.
  Result<std::string_view, RecordFault> open(Kind kind, std::string_view record) const;

  // Returns a text that follows from the secret and is part of all keys, so that fleets with different
  // secrets do not meet.
  const std::string& tag() const { return keyrings_.front().tag; }
  // Returns the tags whose records are read, the own one first.
  std::vector<std::string> tags() const;

  // Returns the digest of a name, which a client may have chosen.
  Who digest(std::string_view name) const { return digest_with(keyrings_.front(), name); }
  // Returns the digests that any node may use for the name, the own one first.
  Digests digests(std::string_view name) const;
  // Returns the digests of a wish that concerns the name, which differ from those of the name.
  Digests wish_digests(std::string_view name) const;
  // Returns the name as it stands in keys, 22 characters of base64url: one for each tag, the own first.
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
