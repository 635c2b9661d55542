#include "turnpike/livekit/bound_user.hpp"

#include <string>

#include "turnpike/crypto/digest.hpp"
#include "turnpike/livekit/base62.hpp"

namespace turnpike::livekit {
namespace {

constexpr std::size_t kBoundUserBytes = 16;  // of the hash: 128 bits collide for nobody

}  // namespace

std::string bound_user_id(std::string_view room_name, std::string_view identity) {
  // The length tells where the name ends, whatever is in it.
  const auto digest = crypto::sha256({std::to_string(room_name.size()), ":", room_name, identity});
  return std::string(kBoundUserPrefix) + base62_encode(Bytes{digest}.first(kBoundUserBytes));
}

}  // namespace turnpike::livekit
