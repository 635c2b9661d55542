// Fuzz harness: access tokens as anybody may send them, and claims as the holder of a key may sign them.
#include <string>

#include "harness.hpp"
#include "turnpike/json/strict_json.hpp"
#include "turnpike/livekit/access_token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace turnpike;
  using fuzz::require;
  constexpr UnixSeconds kNow = 1750000000;
  static const auth::Secrets secrets = {{"APIkey", "secret"}};
  static const std::string good = livekit::sign_access_token(
      {{"iss", "APIkey"}, {"sub", "alice"}, {"exp", kNow + 600}, {"video", {{"room", "r1"}}}}, "secret");

  const Bytes bytes{data, size};
  require(!livekit::verify_access_token(as_text(bytes), secrets, kNow), "nobody guesses a signature");

  std::string changed = good;
  for (std::size_t i = 0; i < size; ++i)
    changed[i % changed.size()] = static_cast<char>(changed[i % changed.size()] ^ data[i]);
  require(livekit::verify_access_token(changed, secrets, kNow).has_value() == (changed == good),
          "a token that was changed is none");

  if (const auto claims = json::parse_object(as_text(bytes))) {
    const auto token =
        livekit::verify_access_token(livekit::sign_access_token(*claims, "secret"), secrets, kNow);
    require(token || token.error() != livekit::TokenFault::bad_signature, "what we sign is signed");
    require(!token || (token->api_key == "APIkey" && token->expires_unix_s > kNow - livekit::kTokenLeeway_s),
            "a token that holds has a key and lives");
  }
  return 0;
}
