// Fuzz harness: bodies of webhooks, unsigned and signed, and what the registry makes of them.
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "harness.hpp"
#include "turnpike/livekit/room_registry.hpp"

namespace {

using namespace turnpike;
using fuzz::require;

constexpr Now kNow{TimePoint{}, 1750000000};

std::string sign(std::string_view body) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(as_bytes(body).data(), body.size(), digest.data());
  std::array<unsigned char, 45> hash;
  EVP_EncodeBlock(hash.data(), digest.data(), static_cast<int>(digest.size()));
  const std::string_view hash_text(reinterpret_cast<const char*>(hash.data()), 44);
  return livekit::sign_access_token({{"iss", "APIkey"}, {"exp", kNow.unix_s + 300}, {"sha256", hash_text}},
                                    "secret");
}

void check(std::string_view body) {
  static const auth::Secrets secrets = {{"APIkey", "secret"}};
  require(!livekit::read_webhook(body, body, secrets, kNow.unix_s), "a body does not sign itself");
  const auto event = livekit::read_webhook(sign(body), body, secrets, kNow.unix_s);
  require(event || event.error() == livekit::WebhookFault::malformed, "what is signed is authorized");
  if (!event) return;

  livekit::RoomRegistry registry{livekit::RegistryOptions{}};
  const auto first = registry.on_event(*event, kNow);
  require(registry.on_event(*event, kNow) == livekit::Outcome{}, "an event that comes twice counts once");
  constexpr livekit::Meaning kGoes[] = {livekit::Meaning::left, livekit::Meaning::removed,
                                        livekit::Meaning::superseded};
  const bool goes = std::ranges::find(kGoes, event->meaning) != std::end(kGoes);
  require(goes == registry.is_barred(event->participant_sid, kNow) && goes == !first.revoked.empty(),
          "whoever goes is barred, nobody else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && data[0] == '{') {
    check(as_text({data, size}));
    return 0;
  }
  // Few inputs are JSON by chance: of all others a few bytes are put into an event.
  std::string body =
      R"({"event":"participant_left","room":{"sid":"RM_1","name":"r"},"participant":{"sid":"PA_1","identity":"a"},"createdAt":"1749999999"})";
  for (std::size_t i = 1; i < size && i < 4; ++i)
    body[(data[0] + i) % body.size()] = static_cast<char>(data[i]);
  check(body);
  return 0;
}
