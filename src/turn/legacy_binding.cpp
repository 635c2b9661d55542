#include "turnpike/turn/legacy_binding.hpp"

#include <algorithm>
#include <array>

#include "turnpike/turn/exchange.hpp"
#include "turnpike/turn/unknown_attributes.hpp"

namespace turnpike::turn {
namespace {

constexpr std::size_t kIdAt = 4;
constexpr std::size_t kIdSize = 16;

using Message = std::array<std::uint8_t, kResponseSizeMax>;

// RFC 3489 11.2.10: an odd list repeats an entry, so that nothing has to be padded.
void make_even(std::vector<stun::Attr>& unknown) {
  if (unknown.size() % 2 != 0) unknown.push_back(unknown.back());
}

}  // namespace

bool is_legacy_binding(Bytes message) {
  return message.size() >= stun::kHeaderSize &&
         load_be16(message.data()) == stun::message_type(stun::Method::binding, stun::Class::request) &&
         load_be32(&message[kIdAt]) != stun::kMagicCookie;
}

// Both messages differ from those with the cookie in the id alone.
std::vector<std::uint8_t> answer_legacy_binding(Bytes request, const Endpoint& client) {
  Message with_cookie;
  if (request.size() > with_cookie.size()) return {};
  std::ranges::copy(request, with_cookie.begin());
  store_be32(&with_cookie[kIdAt], stun::kMagicCookie);
  const auto parsed = stun::MessageView::parse(Bytes{with_cookie}.first(request.size()));
  if (!parsed) return {};

  std::vector<stun::Attr> unknown = unknown_attributes(*parsed);
  make_even(unknown);
  Message buffer;
  const auto cls = unknown.empty() ? stun::Class::success : stun::Class::error;
  stun::MessageBuilder answer(buffer, stun::Method::binding, cls, parsed->transaction_id());
  if (unknown.empty()) {
    answer.add_address(stun::Attr::mapped_address, client);
  } else {
    answer.add_error(stun::ErrorCode::unknown_attribute, "").add_unknown_attributes(unknown);
  }
  std::ranges::copy(request.subspan(kIdAt, kIdSize), buffer.begin() + kIdAt);
  return {answer.bytes().begin(), answer.bytes().end()};
}

}  // namespace turnpike::turn
