// The keys of TLS session tickets: the current key makes tickets, and the previous one still opens its own.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/crypto/derived_key.hpp"

namespace turnpike::net {

// One key with its name. The destructor wipes it from memory.
struct TicketKey {
  std::array<std::uint8_t, 16> name{};  // in clear in each ticket (RFC 5077 4)
  std::array<std::uint8_t, 32> encryption{};
  std::array<std::uint8_t, 32> authentication{};

  TicketKey() = default;
  TicketKey(const TicketKey&) = default;
  TicketKey& operator=(const TicketKey&) = default;
  ~TicketKey();
  bool operator==(const TicketKey&) const = default;
};

// Derives the ticket keys that several servers share: each key follows from a secret and the period of 12
// hours in which it makes tickets. Only for TLS 1.3, where every session has a key exchange of its own:
// whoever gets the secret could read recorded sessions that were resumed by tickets of TLS 1.2.
class SharedTicketKeys {
 public:
  // Takes the secrets: the first one makes tickets, all of them open tickets. May be empty.
  explicit SharedTicketKeys(const std::vector<std::string>& secrets);

  // Returns the key for a new ticket; none if there is no secret.
  std::optional<TicketKey> to_make(UnixSeconds now) const;
  // Returns the key with this name, if it belongs to the current period, the one before or the next one (the
  // clock of another server may be ahead); otherwise none.
  std::optional<TicketKey> to_open(Bytes name, UnixSeconds now) const;

 private:
  std::vector<crypto::DerivedKey> keys_;
};

// Holds the ticket keys of this process, for all workers and for all contexts that reloads make: contexts
// with the same keys resume each other's sessions. Thread-safe. A key makes tickets for 12 hours and opens
// them for 24; after that nothing in memory can decrypt a recorded session.
//
//     0 h            12 h            24 h            36 h
//     | key 1: makes | and only opens |
//                    | key 2: makes   | and only opens |
class TicketKeys {
 public:
  static constexpr Duration kMakes = std::chrono::hours(12);
  static constexpr Duration kOpens = 2 * kMakes;

  // Makes keys with OpenSSL's generator.
  TicketKeys();
  explicit TicketKeys(std::unique_ptr<Random> random);
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // Returns the key for a new ticket, and makes a new key when the current one is 12 hours old.
  TicketKey to_make(TimePoint now);

  // The key of a ticket that a client has sent.
  struct Opening {
    TicketKey key;
    bool is_old;  // the client is to get a new ticket
  };
  // Returns the key with this name; none if it is unknown or older than 24 hours.
  std::optional<Opening> to_open(Bytes name, TimePoint now) const;

  // Makes the shared keys of `secrets`, if there are any, serve the tickets of TLS 1.3 from now on.
  void share(const std::vector<std::string>& secrets);
  // Returns the shared keys; never null.
  std::shared_ptr<const SharedTicketKeys> shared() const;

 private:
  struct Aged {
    TicketKey key;
    TimePoint made;
  };

  mutable std::mutex mutex_;
  std::unique_ptr<Random> random_;
  std::optional<Aged> current_;  // none before the first ticket
  std::optional<Aged> before_;
  std::shared_ptr<const SharedTicketKeys> shared_ =
      std::make_shared<const SharedTicketKeys>(std::vector<std::string>{});
};

// Makes `context` encrypt its tickets with AES-256-CBC and authenticate them with HMAC-SHA-256. `keys` must
// outlive the connections of the context.
void use_ticket_keys(SSL_CTX* context, TicketKeys& keys);

}  // namespace turnpike::net
