// Which failures of Redis are news.
#include "turnpike/node/fleet_log.hpp"

#include <gtest/gtest.h>

namespace turnpike::node {
namespace {

using redis::Cause;
using std::chrono::seconds;

TEST(FleetLog, one_outage_is_one_line_and_another_cause_one_a_minute) {
  boost::asio::io_context context{1};
  SeededRandom random{1};
  FleetService service(context, config::Config{}, random);
  FleetLog log(service);
  const TimePoint start(std::chrono::hours(1));
  const struct {
    Cause cause;
    int at_s;
    bool is_news;
  } steps[] = {
      {Cause::closed, 0, true},           {Cause::closed, 1, false},        {Cause::unreachable, 2, false},
      {Cause::unreachable, 59, false},    {Cause::unreachable, 60, true},   {Cause::unreachable, 600, false},
      {Cause::password_wrong, 601, true}, {Cause::unreachable, 602, false},
  };
  for (const auto& step : steps)
    EXPECT_EQ(log.is_news(step.cause, start + seconds(step.at_s)), step.is_news) << step.at_s;
}

}  // namespace
}  // namespace turnpike::node
