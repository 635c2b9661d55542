// Requests that LiveKit's server API takes, and its answers.
#include "turnpike/livekit/server_api.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace turnpike::livekit {
namespace {

constexpr UnixSeconds kNow = 1750000000;

// The grants of a request, if its token holds under the secret.
boost::json::object claims_of(const ApiRequest& request) {
  EXPECT_TRUE(request.authorization.starts_with("Bearer "));
  const std::string token = request.authorization.substr(7);
  const auto verified = verify_access_token(token, {{"APIkey", "secret"}}, kNow);
  EXPECT_TRUE(verified);
  return verified ? boost::json::object{{"expires", verified->expires_unix_s}, {"room", verified->room}}
                  : boost::json::object{};
}

TEST(ServerApi, requests_are_signed_for_a_while_and_for_one_room) {
  const ApiRequest rooms = list_rooms("APIkey", "secret", kNow);
  EXPECT_EQ(rooms.path, "/twirp/livekit.RoomService/ListRooms");
  EXPECT_EQ(rooms.body, "{}");
  EXPECT_EQ(claims_of(rooms), (boost::json::object{{"expires", kNow + 600}, {"room", ""}}));

  const ApiRequest participants = list_participants("r\"1", "APIkey", "secret", kNow);
  EXPECT_EQ(participants.path, "/twirp/livekit.RoomService/ListParticipants");
  EXPECT_EQ(participants.body, R"({"room":"r\"1"})");
  EXPECT_EQ(claims_of(participants), (boost::json::object{{"expires", kNow + 600}, {"room", "r\"1"}}));
}

TEST(ServerApi, rooms_are_read) {
  const auto rooms =
      read_rooms(R"({"rooms":[{"sid":"RM_1","name":"r1","num_participants":2},{"sid":"RM_2","name":"r2"}]})");
  ASSERT_TRUE(rooms);
  ASSERT_EQ(rooms->size(), 2U);
  EXPECT_EQ(rooms->front().sid, "RM_1");
  EXPECT_EQ(rooms->front().name, "r1");
  const auto none = read_rooms(R"({"rooms":[]})");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(ServerApi, participants_are_read_unless_they_are_gone) {
  const auto all = read_participants(
      R"({"participants":[{"sid":"PA_1","identity":"alice","state":"ACTIVE"},)"
      R"({"sid":"PA_2","identity":"bob","state":"DISCONNECTED"},{"sid":"PA_3","identity":"carol"}]})");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->at(0).sid, "PA_1");
  EXPECT_EQ(all->at(0).identity, "alice");
  EXPECT_EQ(all->at(1).sid, "PA_3");
}

TEST(ServerApi, an_answer_that_livekit_would_not_give_says_nothing) {
  for (const char* body :
       {"", "[]", "{}", R"({"rooms":{}})", R"({"rooms":null})", R"({"rooms":[7]})", R"({"rooms":[{}]})",
        R"({"rooms":[{"sid":"RM_1"}]})", R"({"rooms":[{"sid":1,"name":"r1"}]})",
        R"({"rooms":[{"sid":"RM_1","name":"r1"})"}) {
    EXPECT_FALSE(read_rooms(body)) << body;
  }
  for (const char* body : {"", "{}", R"({"participants":"none"})", R"({"participants":[{}]})",
                           R"({"participants":[{"sid":"PA_1","state":3}]})"}) {
    EXPECT_FALSE(read_participants(body)) << body;
  }
}

TEST(ServerApi, a_room_that_has_ended_while_its_participants_were_asked_for_loses_its_sid) {
  std::vector<ListedRoom> rooms = {
      {"RM_1", "r1", {{"PA_1", "alice"}}}, {"RM_2", "r2", {}}, {"RM_3", "r3", {}}};
  drop_sids_of_ended(rooms, {{"RM_2", "r2", {}}, {"RM_4", "r1", {}}});
  EXPECT_EQ(rooms,
            (std::vector<ListedRoom>{{"", "r1", {{"PA_1", "alice"}}}, {"RM_2", "r2", {}}, {"", "r3", {}}}));
}

}  // namespace
}  // namespace turnpike::livekit
