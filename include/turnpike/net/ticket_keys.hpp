// The keys of session tickets: one for new ones, and the one before it, which opens those that are out.
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

struct TicketKey {
  std::array<std::uint8_t, 16> name{};  // stands in the ticket (RFC 5077 4)
  std::array<std::uint8_t, 32> encryption{};
  std::array<std::uint8_t, 32> authentication{};

  TicketKey() = default;
  TicketKey(const TicketKey&) = default;
  TicketKey& operator=(const TicketKey&) = default;
  ~TicketKey();  // wipes it
  bool operator==(const TicketKey&) const = default;
};

// Keys that other servers have, too: every key follows from a secret and the period of 12 hours that it makes
// tickets in. They are for TLS 1.3 alone, where every session has an exchange of keys of its own: tickets of
// TLS 1.2 let whoever gets the secret read what was recorded.
class SharedTicketKeys {
 public:
  // The first makes keys, and those of all are known.
  explicit SharedTicketKeys(const std::vector<std::string>& secrets);

  // None: there is no secret.
  std::optional<TicketKey> to_make(UnixSeconds now) const;
  // The key of the name, of the period before this one, or of the next one, which a clock may be ahead of.
  std::optional<TicketKey> to_open(Bytes name, UnixSeconds now) const;

 private:
  std::vector<crypto::DerivedKey> keys_;
};

// Shared by all that shall resume each other's sessions, on whatever threads: workers, and the contexts that
// reloads make. A key makes tickets for 12 hours and opens them for 24; then nothing that was recorded can be
// opened with what is in memory.
//
//   0 h            12 h            24 h            36 h
//   | key 1: makes | and only opens |
//                  | key 2: makes   | and only opens |
class TicketKeys {
 public:
  static constexpr Duration kMakes = std::chrono::hours(12);
  static constexpr Duration kOpens = 2 * kMakes;

  TicketKeys();  // with keys of OpenSSL's generator
  explicit TicketKeys(std::unique_ptr<Random> random);
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // For a new ticket.
  TicketKey to_make(TimePoint now);

  struct Opening {
    TicketKey key;
    bool is_old;  // the client shall get a new ticket
  };
  // None: no ticket of ours, or too old.
  std::optional<Opening> to_open(Bytes name, TimePoint now) const;

  // From now on the shared keys, where there are any, make tickets of TLS 1.3.
  void share(const std::vector<std::string>& secrets);
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

// Tickets of the context are encrypted with AES-256-CBC and authenticated with HMAC-SHA-256 from now on.
// `keys` must outlive its connections.
void use_ticket_keys(SSL_CTX* context, TicketKeys& keys);

}  // namespace turnpike::net
