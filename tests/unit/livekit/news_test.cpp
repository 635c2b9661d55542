// What servers tell each other of LiveKit comes back as it was, and nothing else is taken.
#include "turnpike/livekit/news.hpp"

#include <gtest/gtest.h>

namespace turnpike::livekit {
namespace {

TEST(News, comes_back_as_it_was) {
  WebhookEvent event{Meaning::removed, "EV_1", "participant_left",  1750000000,           "RM_1",
                     "a \"room\"\n",   "PA_1", "alice@example.org", "PARTICIPANT_REMOVED"};
  for (const Meaning meaning : {Meaning::nothing, Meaning::joined, Meaning::left, Meaning::removed,
                                Meaning::superseded, Meaning::room_over}) {
    event.meaning = meaning;
    EXPECT_EQ(read_news(write_news(event)), News(event));
  }
  for (const auto issued : {std::optional<UnixSeconds>(), std::optional<UnixSeconds>(5)}) {
    const Expectation expectation{{"room", "alice"}, issued};
    EXPECT_EQ(read_news(write_news(expectation)), News(expectation));
  }
}

TEST(News, anything_else_is_none) {
  const std::string event =
      R"("id":"a","event":"b","room_sid":"c","room":"d","sid":"e","identity":"f","reason":"g")";
  ASSERT_TRUE(read_news("{\"meaning\":\"left\",\"said\":1," + event + "}"));
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{"), std::string("{}"),
        "{\"meaning\":\"other\",\"said\":1," + event + "}",
        "{\"meaning\":\"left\",\"said\":-1," + event + "}",
        "{\"meaning\":\"left\",\"said\":\"1\"," + event + "}", "{\"meaning\":\"left\"," + event + "}",
        std::string(R"({"meaning":"left","said":1,"id":"a"})"), std::string(R"({"expected":true})"),
        std::string(R"({"expected":true,"room":"a","identity":1})"),
        "{\"expected\":true,\"room\":\"" + std::string(9000, 'a') + "\",\"identity\":\"b\"}"})
    EXPECT_FALSE(read_news(text)) << text.substr(0, 100);
}

}  // namespace
}  // namespace turnpike::livekit
