// RFC 8656 section 7.2: Allocate.
#include "rfc/harness.hpp"

namespace turnpike::test {
namespace {

TEST(Rfc8656Allocate, TURN_ALLOC_26_success_has_relayed_address_lifetime_and_mapped_address) {
  World world;
  TestClient client(world);
  const Answer answer = client.allocate();
  ASSERT_EQ(answer.code(), 0);
  EXPECT_EQ(answer.types(), (std::vector{Attr::xor_relayed_address, Attr::lifetime, Attr::xor_mapped_address, Attr::software,
                                         Attr::message_integrity_sha256}));
  EXPECT_EQ(answer.mapped(), client.address());
  EXPECT_TRUE(world.relays().contains(answer.relay()));
}

}  // namespace
}  // namespace turnpike::test
