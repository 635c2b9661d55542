// Health over HTTP, on which socket what is served, and what keeps it from listening.
#include "turnpike/app/control_plane.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "shell/support.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::app {
namespace {

using namespace shell;

namespace asio = boost::asio;

template <class Socket>
std::string status_of(asio::io_context& context, Socket& socket, const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  std::string response;
  asio::write(socket, asio::buffer(request));
  asio::async_read(socket, asio::dynamic_buffer(response),
                   [&](const boost::system::error_code&, std::size_t) { context.stop(); });
  context.restart();
  context.run_for(std::chrono::seconds(5));
  return response.substr(0, response.find('\r'));
}

class ControlPlaneTest : public ::testing::Test {
 protected:
  std::string over_tcp(const std::string& path) {
    asio::ip::tcp::socket socket(context_);
    socket.connect({asio::ip::address_v4::loopback(), config_.listen->port});
    return status_of(context_, socket, path);
  }
  std::string over_unix(const std::string& path) {
    asio::local::stream_protocol::socket socket(context_);
    socket.connect(config_.socket);
    return status_of(context_, socket, path);
  }
  std::string obstacle() {
    try {
      const ControlPlane control(context_, config_, [] { return ""; }, {}, {}, {});
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
  asio::io_context context_;
  config::ControlConfig config_{"", {}};
};

TEST_F(ControlPlaneTest, both_sockets_tell_health_and_each_serves_its_own_besides) {
  config_ = {folder_.path("control.sock"), loopback(free_port())};
  std::string_view obstacle;
  const ControlPlane control(
      context_, config_, [&] { return obstacle; },
      {{"GET", "/both", [](const http::Request&) { return http::Response{}; }, 0, {}}},
      {{"GET", "/more", [](const http::Request&) { return http::Response{}; }, 0, {}}},
      {{"GET", "/admin", [](const http::Request&) { return http::Response{}; }, 0, {}}});
  for (const char* path : {"/healthz", "/readyz", "/both", "/more"})
    EXPECT_EQ(over_tcp(path), "HTTP/1.1 200 OK") << path;
  for (const char* path : {"/healthz", "/readyz", "/both", "/admin"})
    EXPECT_EQ(over_unix(path), "HTTP/1.1 200 OK") << path;
  EXPECT_EQ(over_unix("/more"), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(over_tcp("/admin"), "HTTP/1.1 404 Not Found");
  obstacle = "out_of_descriptors";
  EXPECT_EQ(over_tcp("/healthz"), "HTTP/1.1 200 OK");
  EXPECT_EQ(over_tcp("/readyz"), "HTTP/1.1 503 Service Unavailable");
}

TEST_F(ControlPlaneTest, a_default_that_another_server_has_is_left_out_where_it_would_serve_only_health) {
  config_ = {"", config::ControlConfig{}.listen};
  // Taken by one of these two, or by somebody else on this machine.
  const ControlPlane first(context_, config_, [] { return ""; }, {}, {}, {});
  EXPECT_EQ(obstacle(), "");
  const std::vector<http::Route> routes{
      {"GET", "/more", [](const http::Request&) { return http::Response{}; }, 0, {}}};
  EXPECT_THROW(ControlPlane(context_, config_, [] { return ""; }, {}, routes, {}), std::runtime_error);
}

TEST_F(ControlPlaneTest, what_keeps_it_from_listening_is_named) {
  EXPECT_EQ(obstacle(), "");
  config_.socket = folder_.path("none/of/these/control.sock");
  EXPECT_EQ(obstacle(), "") << "its folder is made";
  std::ofstream(folder_.path("file")) << "text";
  config_.socket = folder_.path("file/control.sock");
  EXPECT_EQ(obstacle(), "control.socket: " + config_.socket + ": Not a directory");
  const config::ControlConfig held{folder_.path("control.sock"), loopback(free_port())};
  const ControlPlane holder(context_, held, [] { return ""; }, {}, {}, {});
  config_ = {"", held.listen};
  EXPECT_EQ(obstacle(), "control.listen: " + held.listen->to_string() + ": Address already in use");
  config_ = {held.socket, {}};
  EXPECT_EQ(obstacle(), "control.socket: " + held.socket + ": Address already in use");
}

TEST_F(ControlPlaneTest, the_default_socket_may_be_out_of_reach) {
  config_.socket = config::ControlConfig{}.socket;
  const auto folder = std::filesystem::path(config_.socket).parent_path();
  const bool was_there = std::filesystem::exists(folder);
  EXPECT_EQ(obstacle(), "") << "whether or not its folder is there";
  std::error_code ignored;
  if (!was_there) std::filesystem::remove(folder, ignored);  // it was made where it could be
}

}  // namespace
}  // namespace turnpike::app
