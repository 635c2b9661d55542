// Which attributes a request is refused for.
#include "turnpike/turn/unknown_attributes.hpp"

#include <gtest/gtest.h>

#include "rfc/messages.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::Method;
using test::Attributes;
using test::raw;

std::vector<unsigned> unknown_in(Method method, const Attributes& attributes) {
  const test::Buffer bytes = test::request(method, attributes);
  std::vector<unsigned> numbers;
  for (const Attr type : unknown_attributes(*stun::MessageView::parse(bytes)))
    numbers.push_back(static_cast<unsigned>(type));
  return numbers;
}

TEST(UnknownAttributes, each_that_must_be_understood_and_is_not_is_named_once_MSG_12) {
  const struct {
    const char* name;
    Method method;
    Attributes attributes;
    std::vector<unsigned> expected;
  } cases[] = {
      {"nothing", Method::binding, {}, {}},
      {"known ones", Method::allocate, {test::transport(17), test::lifetime(600)}, {}},
      {"an optional one", Method::binding, {raw(0xC057, {1, 2, 3, 4})}, {}},
      {"two, one twice",
       Method::binding,
       {raw(0x7F01, {}), raw(0x7F02, {}), raw(0x7F01, {})},
       {0x7F01, 0x7F02}},
      {"no change is asked for", Method::binding, {raw(Attr::change_request, {0, 0, 0, 0})}, {}},
      {"another port", Method::binding, {raw(Attr::change_request, {0, 0, 0, 2})}, {3}},
      {"another address", Method::binding, {raw(Attr::change_request, {0, 0, 0, 4})}, {3}},
      {"a change of a wrong size", Method::binding, {raw(Attr::change_request, {0, 0})}, {3}},
      {"no change in an Allocate", Method::allocate, {raw(Attr::change_request, {0, 0, 0, 0})}, {3}},
  };
  for (const auto& [name, method, attributes, expected] : cases)
    EXPECT_EQ(unknown_in(method, attributes), expected) << name;
}

}  // namespace
}  // namespace turnpike::turn
