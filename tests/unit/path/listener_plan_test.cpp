// Which listeners stay, turn, go and come, for one configuration after another.
#include "turnpike/path/listener_plan.hpp"

#include <gtest/gtest.h>

namespace turnpike::path {
namespace {

Endpoint at(std::string_view text) { return *Endpoint::parse(text); }

OpenListener open(Transport transport, std::string_view where) { return {at(where), {transport, at(where)}}; }

struct Lists {
  std::vector<std::string_view> udp = {}, tcp = {}, tls = {};
};

config::ListenConfig config_of(const Lists& lists) {
  config::ListenConfig config;
  const auto set = [](std::vector<Endpoint>& to, const std::vector<std::string_view>& from) {
    to.clear();
    for (const std::string_view each : from) to.push_back(at(each));
  };
  set(config.udp, lists.udp);
  set(config.tcp, lists.tcp);
  set(config.tls, lists.tls);
  return config;
}

std::string text_of(const WantedListener& wanted) {
  return std::string(wanted.key) + " " + wanted.configured.to_string() +
         (wanted.local ? " at " + wanted.local->to_string() : "");
}

std::vector<std::string> texts_of(const ListenerPlan& plan) {
  std::vector<std::string> texts;
  for (const WantedListener& each : plan.wanted) texts.push_back(text_of(each));
  for (const ListenerName& each : plan.turned) texts.push_back("turned " + to_string(each));
  for (const ListenerName& each : plan.closed) texts.push_back("closed " + to_string(each));
  return texts;
}

TEST(ListenerPlan, leaves_alone_what_is_wanted_and_there) {
  const OpenListener chosen{at("1.2.3.4:0"), {Transport::udp, at("1.2.3.4:40000")}};
  const auto udp = open(Transport::udp, "1.2.3.4:1");
  const auto tcp = open(Transport::tcp, "1.2.3.4:1");
  const auto tls = open(Transport::tls, "1.2.3.4:2");
  const struct {
    const char* name;
    std::vector<OpenListener> open;
    Lists wanted;
    std::vector<std::string> plan;
  } table[] = {
      {"a start",
       {},
       {.udp = {"1.2.3.4:1"}, .tcp = {"1.2.3.4:1"}, .tls = {"[::]:2"}},
       {"listen.udp 1.2.3.4:1", "listen.tcp 1.2.3.4:1", "listen.tls [::]:2"}},
      {"the same",
       {udp, tcp, tls},
       {.udp = {"1.2.3.4:1"}, .tcp = {"1.2.3.4:1"}, .tls = {"1.2.3.4:2"}},
       {"listen.udp 1.2.3.4:1 at 1.2.3.4:1", "listen.tcp 1.2.3.4:1 at 1.2.3.4:1",
        "listen.tls 1.2.3.4:2 at 1.2.3.4:2"}},
      {"one more of each",
       {udp},
       {.udp = {"1.2.3.4:9", "1.2.3.4:1"}, .tcp = {"1.2.3.4:1"}},
       {"listen.udp 1.2.3.4:9", "listen.udp 1.2.3.4:1 at 1.2.3.4:1", "listen.tcp 1.2.3.4:1"}},
      {"one less of each",
       {udp, tcp, tls},
       {.tcp = {"1.2.3.4:1"}},
       {"listen.tcp 1.2.3.4:1 at 1.2.3.4:1", "closed udp:1.2.3.4:1", "closed tls:1.2.3.4:2"}},
      {"UDP is no stream", {udp}, {.tcp = {"1.2.3.4:1"}}, {"listen.tcp 1.2.3.4:1", "closed udp:1.2.3.4:1"}},
      {"TCP becomes TLS",
       {tcp},
       {.tls = {"1.2.3.4:1"}},
       {"listen.tls 1.2.3.4:1 at 1.2.3.4:1", "turned tls:1.2.3.4:1"}},
      {"they change places",
       {tcp, tls},
       {.tcp = {"1.2.3.4:2"}, .tls = {"1.2.3.4:1"}},
       {"listen.tcp 1.2.3.4:2 at 1.2.3.4:2", "listen.tls 1.2.3.4:1 at 1.2.3.4:1", "turned tcp:1.2.3.4:2",
        "turned tls:1.2.3.4:1"}},
      {"another port", {tcp}, {.tcp = {"1.2.3.4:2"}}, {"listen.tcp 1.2.3.4:2", "closed tcp:1.2.3.4:1"}},
      {"a port that the kernel has chosen stays",
       {chosen},
       {.udp = {"1.2.3.4:0"}},
       {"listen.udp 1.2.3.4:0 at 1.2.3.4:40000"}},
      {"which is another than the same by number",
       {chosen},
       {.udp = {"1.2.3.4:40000"}},
       {"listen.udp 1.2.3.4:40000", "closed udp:1.2.3.4:40000"}},
      {"each is taken once",
       {chosen},
       {.udp = {"1.2.3.4:0", "1.2.3.4:0"}},
       {"listen.udp 1.2.3.4:0 at 1.2.3.4:40000", "listen.udp 1.2.3.4:0"}},
      {"its own kind first",
       {open(Transport::tls, "1.2.3.4:0"), open(Transport::tcp, "1.2.3.4:0")},
       {.tcp = {"1.2.3.4:0"}, .tls = {"1.2.3.4:0"}},
       {"listen.tcp 1.2.3.4:0 at 1.2.3.4:0", "listen.tls 1.2.3.4:0 at 1.2.3.4:0"}},
  };
  for (const auto& row : table)
    EXPECT_EQ(texts_of(plan_listeners(row.open, config_of(row.wanted))), row.plan) << row.name;
}

TEST(ListenerPlan, knows_which_addresses_overlap) {
  const struct {
    Transport one, other;
    std::string_view wanted, open;
    bool overlap;
  } table[] = {
      {Transport::udp, Transport::udp, "1.2.3.4:1", "1.2.3.4:1", true},
      {Transport::udp, Transport::udp, "1.2.3.4:1", "1.2.3.4:2", false},
      {Transport::udp, Transport::udp, "1.2.3.4:1", "1.2.3.5:1", false},
      {Transport::udp, Transport::tcp, "1.2.3.4:1", "1.2.3.4:1", false},
      {Transport::tls, Transport::tcp, "1.2.3.4:1", "1.2.3.4:1", true},
      {Transport::udp, Transport::udp, "1.2.3.4:1", "0.0.0.0:1", true},
      {Transport::udp, Transport::udp, "0.0.0.0:1", "1.2.3.4:1", true},
      {Transport::udp, Transport::udp, "0.0.0.0:1", "[2001:db8::1]:1", false},
      {Transport::udp, Transport::udp, "[::]:1", "[2001:db8::1]:1", true},
      {Transport::udp, Transport::udp, "[::]:1", "1.2.3.4:1", true},
      {Transport::udp, Transport::udp, "1.2.3.4:1", "[::]:1", true},
      {Transport::udp, Transport::udp, "0.0.0.0:1", "[::]:1", true},
      {Transport::udp, Transport::udp, "0.0.0.0:1", "[::]:2", false},
  };
  for (const auto& row : table) {
    const WantedListener wanted{"", row.one, at(row.wanted)};
    EXPECT_EQ(overlap(wanted, open(row.other, row.open)), row.overlap) << row.wanted << " " << row.open;
  }
}

}  // namespace
}  // namespace turnpike::path
