// What the control socket tells of the engines.
#include "turnpike/worker/engine_report.hpp"

#include <gtest/gtest.h>

namespace turnpike::worker {
namespace {

using kernel::Engine;
using kernel::EngineSetting;

TEST(EngineReport, tells_the_engine_of_each_interface_or_why_there_is_none) {
  const struct {
    const char* name;
    EngineReport report;
    const char* expected;
  } table[] = {
      {"by choice",
       {EngineSetting::sockets, "relay.engine is sockets", 0, {}, {}, {}},
       R"({"setting":"sockets","kernel":false,"reason":"relay.engine is sockets","flows":0,"added":0,"not_added":{},"packets":{},"interfaces":[]})"},
      {"not allowed",
       {EngineSetting::automatic, "no CAP_BPF", 0, {}, {}, {}},
       R"({"setting":"auto","kernel":false,"reason":"no CAP_BPF","flows":0,"added":0,"not_added":{},"packets":{},"interfaces":[]})"},
      {"in the kernel",
       {EngineSetting::kernel,
        "",
        12,
        {40, {3, 0, 1}},
        {{"relayed", 7}, {"lost", 0}, {"no_flow", 2}},
        {{"lo", {1, Engine::sockets, "it is down"}, {}},
         {"eth0", {2, Engine::xdp, "its driver"}, {{{"relayed", 7}, {"lost", 0}, {"no_flow", 1}}}}}},
       R"({"setting":"kernel","kernel":true,"flows":12,"added":40,"not_added":{"stream":3,"no_way":1},"packets":{"relayed":7,"no_flow":2},"interfaces":[)"
       R"({"name":"lo","index":1,"engine":"sockets","reason":"it is down"},{"name":"eth0","index":2,"engine":"xdp","reason":"its driver","packets":{"relayed":7,"no_flow":1}}]})"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(engine_json(row.report), std::string(row.expected) + "\n") << row.name;
  }
}

}  // namespace
}  // namespace turnpike::worker
