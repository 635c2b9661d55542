#include "turnpike/turn/unknown_attributes.hpp"

#include <algorithm>

namespace turnpike::turn {
namespace {

using stun::Attr;

constexpr std::size_t kListedMax = 64;  // a 420 must fit its packet

// Clients of RFC 3489 and some of RFC 5780 write CHANGE-REQUEST into every Binding (RFC 5780 7.2).
bool asks_for_nothing(stun::Method method, const stun::Attribute& attribute) {
  return method == stun::Method::binding && attribute.type == Attr::change_request &&
         stun::read_u32(attribute.value) == 0U;
}

}  // namespace

std::vector<Attr> unknown_attributes(const stun::MessageView& request) {
  std::vector<Attr> unknown;
  request.for_each([&](const stun::Attribute& attribute) {
    if (!stun::is_comprehension_required(attribute.type) || stun::is_known(attribute.type)) return;
    if (asks_for_nothing(request.method(), attribute)) return;
    if (unknown.size() < kListedMax && std::ranges::find(unknown, attribute.type) == unknown.end())
      unknown.push_back(attribute.type);
  });
  return unknown;
}

}  // namespace turnpike::turn
