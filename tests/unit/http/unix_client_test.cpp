// A question over a Unix socket, and what may come in place of an answer.
#include "turnpike/http/unix_client.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "temporary_folder.hpp"
#include "turnpike/http/server.hpp"
#include "turnpike/http/unix_socket.hpp"

namespace turnpike::http {
namespace {

namespace errc = boost::system::errc;

TEST(UnixClient, gets_status_and_body_of_the_answer) {
  const TemporaryFolder folder;
  boost::asio::io_context context;
  Server server(context, {{"POST",
                           "/do",
                           [](const Request& request) {
                             return Response{.status = 422, .body = request.query + " " + request.body};
                           },
                           100,
                           {}}});
  ASSERT_TRUE(server.listen_unix(folder.path("s")));
  std::thread serving([&] { context.run_for(std::chrono::seconds(5)); });
  const auto reply = ask_unix_socket(folder.path("s"), {"POST", "/do?why", "{}"});
  const auto unknown = ask_unix_socket(folder.path("s"), {"GET", "/other"});
  context.stop();
  serving.join();
  ASSERT_TRUE(reply && unknown);
  EXPECT_EQ(reply->status, 422U);
  EXPECT_EQ(reply->body, "why {}");
  EXPECT_EQ(unknown->status, 404U);
}

TEST(UnixClient, says_why_there_is_none) {
  const TemporaryFolder folder;
  EXPECT_EQ(ask_unix_socket(folder.path("s"), {"POST", "/"}).error(), errc::no_such_file_or_directory);
  EXPECT_EQ(ask_unix_socket(std::string(200, 'a'), {"POST", "/"}).error(), errc::filename_too_long);
  const auto silent = listen_on_unix_socket(folder.path("s"));
  ASSERT_TRUE(silent);
  EXPECT_FALSE(ask_unix_socket(folder.path("s"), {"POST", "/"}, std::chrono::milliseconds(50)));
}

}  // namespace
}  // namespace turnpike::http
