// Asking a LiveKit that answers whatever the test says.
#include "turnpike/sfu/census.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "shell/await.hpp"
#include "turnpike/http/server.hpp"
#include "turnpike/livekit/access_token.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::sfu {
namespace {

using namespace shell;

namespace asio = boost::asio;
using livekit::ListedRoom;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kListRooms = "/twirp/livekit.RoomService/ListRooms";
constexpr const char* kListParticipants = "/twirp/livekit.RoomService/ListParticipants";

class LiveKitCensus : public testing::Test {
 protected:
  Result<Census, std::string> take(const CensusLimits& limits = {}) {
    return await(context_,
                 take_census({false, "127.0.0.1", endpoint_.port, ""}, tls_, {"APIkey", "secret"}, limits));
  }
  std::string fault(const CensusLimits& limits = {}) {
    const auto census = take(limits);
    return census ? "none" : census.error();
  }

  http::Response answer(const http::Request& request) {
    if (!livekit::verify_access_token(request.authorization.substr(std::string("Bearer ").size()),
                                      {{"APIkey", "secret"}}, net::read_clock().unix_s)) {
      return {.status = 401};
    }
    asked_.push_back(request.body);
    if (request.path == kListRooms && after_.empty()) return {.body = rooms_};
    if (request.path == kListRooms) return {.body = std::exchange(rooms_, after_)};
    const auto found = participants_.find(request.body);
    return found == participants_.end() ? http::Response{.status = 500}
                                        : http::Response{.body = found->second};
  }

  std::string rooms_ = R"({"rooms":[{"sid":"RM_1","name":"r1"},{"sid":"RM_2","name":"r2"}]})";
  std::string after_;  // if not empty: the rooms when they are asked for again
  std::map<std::string, std::string> participants_ = {
      {R"({"room":"r1"})",
       R"({"participants":[{"sid":"PA_1","identity":"alice"},{"sid":"PA_2","identity":"bob"}]})"},
      {R"({"room":"r2"})", R"({"participants":[]})"},
  };
  std::vector<std::string> asked_;
  asio::io_context context_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  http::Server server_{
      context_,
      {{"POST", kListRooms, [this](const http::Request& r) { return answer(r); }, 1000},
       {"POST", kListParticipants, [this](const http::Request& r) { return answer(r); }, 1000}}};
  Endpoint endpoint_ = server_.listen({IpAddress::v4(127, 0, 0, 1), 0}).value();
};

TEST_F(LiveKitCensus, has_all_participants_of_all_rooms) {
  const UnixSeconds before = net::read_clock().unix_s;
  const auto census = take();
  ASSERT_TRUE(census) << census.error();
  EXPECT_THAT(census->rooms, ElementsAre(ListedRoom{"RM_1", "r1", {{"PA_1", "alice"}, {"PA_2", "bob"}}},
                                         ListedRoom{"RM_2", "r2", {}}));
  EXPECT_EQ(census->participants, 2U);
  EXPECT_LE(census->asked_unix_s, before) << "not after the question, whatever the answer took";
  EXPECT_GE(census->asked_unix_s, before - 10);
  EXPECT_THAT(asked_, ElementsAre("{}", R"({"room":"r1"})", R"({"room":"r2"})", "{}"));
}

TEST_F(LiveKitCensus, of_no_rooms_is_one) {
  rooms_ = R"({"rooms":[]})";
  const auto census = take();
  ASSERT_TRUE(census) << census.error();
  EXPECT_TRUE(census->rooms.empty());
}

TEST_F(LiveKitCensus, of_many_rooms_asks_each_once) {
  rooms_.clear();
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    rooms_ +=
        std::string(i == 0 ? R"({"rooms":[)" : ",") + R"({"sid":"RM_)" + n + R"(","name":"r)" + n + R"("})";
    participants_[R"({"room":"r)" + n + R"("})"] =
        R"({"participants":[{"sid":"PA_)" + n + R"(","identity":"x"}]})";
  }
  rooms_ += "]}";
  const auto census = take();
  ASSERT_TRUE(census) << census.error();
  EXPECT_EQ(asked_.size(), 102U);
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_EQ(census->rooms[i].participants.at(0).sid, "PA_" + std::to_string(i));
}

TEST_F(LiveKitCensus, does_not_know_which_room_it_was_that_has_ended_meanwhile) {
  after_ = R"({"rooms":[{"sid":"RM_3","name":"r1"},{"sid":"RM_2","name":"r2"}]})";
  const auto census = take();
  ASSERT_TRUE(census) << census.error();
  EXPECT_EQ(census->rooms[0], (ListedRoom{"", "r1", {{"PA_1", "alice"}, {"PA_2", "bob"}}}));
  EXPECT_EQ(census->rooms[1].sid, "RM_2");
}

TEST_F(LiveKitCensus, is_none_if_one_answer_is_none) {
  participants_.erase(R"({"room":"r2"})");
  EXPECT_EQ(fault(), std::string(kListParticipants) + ": status 500 Internal Server Error");
  participants_[R"({"room":"r2"})"] = R"({"participants":[{"sid":7}]})";
  EXPECT_EQ(fault(), "an answer that LiveKit would not give");
  participants_[R"({"room":"r2"})"] = R"({"participants":[]})";
  after_ = "{}";
  EXPECT_EQ(fault(), "an answer that LiveKit would not give");
  EXPECT_EQ(fault(), "an answer that LiveKit would not give");
}

TEST_F(LiveKitCensus, has_bounds) {
  EXPECT_EQ(fault({.rooms_max = 1}), "more than 1 rooms");
  EXPECT_EQ(fault({.participants_max = 1}), "more than 1 participants");
  EXPECT_EQ(fault({.time_max = Duration::zero()}), "it takes too long to ask for all rooms");
}

TEST_F(LiveKitCensus, is_none_where_nobody_is_there) {
  server_.stop();
  EXPECT_THAT(fault(), HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace turnpike::sfu
