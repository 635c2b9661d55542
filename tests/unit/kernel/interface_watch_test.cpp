// The interfaces of a namespace of the test's own, while they change.
#include "turnpike/kernel/interface_watch.hpp"

#include <gtest/gtest.h>

#include "unit/kernel/own_network.hpp"

namespace turnpike::kernel {
namespace {

const Link* find(const InterfaceWatch& watch, const char* name) {
  for (const Link& each : watch.links()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

Link veth(const char* name, bool up) {
  return {.index = index_of(name),
          .name = name,
          .up = up,
          .ethernet = true,
          .mtu = 1500,
          .mac = mac_of(name),
          .kind = "veth"};
}

// Waits for what must come.
bool shows(InterfaceWatch& watch, const std::function<bool()>& condition) {
  return becomes_true([&] {
    watch.on_ready();
    return condition();
  });
}

TEST(InterfaceWatch, lists_what_is_there) {
  in_own_network([] {
    ASSERT_TRUE(ip("link set west down"));
    const InterfaceWatch watch;
    ASSERT_EQ(watch.links().size(), 3U);
    EXPECT_EQ(*find(watch, "east"), veth("east", true));
    EXPECT_EQ(*find(watch, "west"), veth("west", false));
    EXPECT_TRUE(find(watch, "lo")->loopback);
    EXPECT_FALSE(find(watch, "lo")->ethernet);
  });
}

TEST(InterfaceWatch, tells_when_the_list_is_another) {
  in_own_network([] {
    InterfaceWatch watch;
    ASSERT_TRUE(ip("link add north type veth peer name south"));
    EXPECT_TRUE(is_readable(watch.fd(), 0));
    EXPECT_TRUE(watch.on_ready());
    ASSERT_NE(find(watch, "north"), nullptr);
    EXPECT_FALSE(find(watch, "north")->up);

    const struct {
      const char* command;
      std::function<bool()> then;
    } script[] = {
        {"link set north up", [&] { return find(watch, "north")->up; }},
        {"link set north mtu 1300", [&] { return find(watch, "north")->mtu == 1300; }},
        {"link del north",
         [&] { return find(watch, "north") == nullptr && find(watch, "south") == nullptr; }},
    };
    for (const auto& step : script) {
      ASSERT_TRUE(ip(step.command));
      EXPECT_TRUE(shows(watch, step.then)) << step.command;
    }
  });
}

TEST(InterfaceWatch, says_nothing_of_changes_that_the_list_does_not_show) {
  in_own_network([] {
    InterfaceWatch watch;
    const auto before = watch.links();
    ASSERT_TRUE(ip("link set east txqueuelen 500"));
    EXPECT_TRUE(is_readable(watch.fd(), 0));
    EXPECT_FALSE(watch.on_ready());
    EXPECT_EQ(watch.links(), before);
  });
}

}  // namespace
}  // namespace turnpike::kernel
