// The server as a process: signals, reloads, and what keeps it from starting. Signals are sent to this very
// process.
#include "turnpike/app/application.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>

#include "shell/support.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::app {
namespace {

using namespace shell;

// serve() in a thread, with a configuration that the test may change for the next reload.
class Application : public ::testing::Test {
 protected:
  Application() {
    const net::TlsFiles files = make_certificate(folder_, 1);
    config_.tls = {files.certificate, files.key};
    config_.workers = 2;
    config_.log.file = folder_.path("log");
  }
  ~Application() override {
    if (thread_.joinable()) stop(SIGINT);
    log::open({log::Level::error, log::Format::text, ""});
  }

  void start() {
    thread_ = std::thread([this, config = config_] { exit_code_ = serve(config, source()); });
    ASSERT_TRUE(becomes_true([this] { return logged("started"); }, kPatience));
  }

  Duration stop(int signal) {
    const TimePoint begin = clock_now();
    ::kill(::getpid(), signal);
    wait();
    return clock_now() - begin;
  }

  void wait() { thread_.join(); }

  // What the next reload finds.
  void set_next(const config::Config& fresh) {
    const std::lock_guard lock(mutex_);
    next_ = fresh;
  }

  // The line shows in a new file.
  void reload(const config::Config& fresh, const char* expected) {
    set_next(fresh);
    std::filesystem::remove(folder_.path("log"));
    ::kill(::getpid(), SIGHUP);
    ASSERT_TRUE(becomes_true([&] { return logged(expected); }, kPatience)) << expected;
  }

  bool logged(const std::string& text) const { return folder_.read("log").find(text) != std::string::npos; }

  bool may_allocate(const std::string& user, const std::string& password) const {
    TestClient client(connect(Transport::udp, config_.listen), {.username = user, .password = password});
    return client.try_allocation();
  }

  TemporaryFolder folder_;
  config::Config config_ = loopback_config();
  int exit_code_ = -1;

 private:
  ConfigSource source() {
    return {"", [] { return config::Config{}; }, [this](const config::Found&) { return load(); }};
  }
  config::Config load() {
    const std::lock_guard lock(mutex_);
    if (!next_) throw config::ConfigError("turnpike.yaml:7: realm: is no text");
    return *next_;
  }

  std::mutex mutex_;
  std::optional<config::Config> next_;
  std::thread thread_;
};

TEST_F(Application, SIGTERM_and_SIGINT_stop_it_within_a_second) {
  for (const int signal : {SIGTERM, SIGINT}) {
    start();
    TestClient client(connect(Transport::udp, config_.listen));
    client.allocate();
    EXPECT_LT(stop(signal), std::chrono::seconds(1));
    EXPECT_EQ(exit_code_, kExitOk);
    EXPECT_TRUE(logged("reason=shutdown"));
    EXPECT_TRUE(logged("stopped"));
    std::filesystem::remove(folder_.path("log"));
  }
}

TEST_F(Application, SIGHUP_replaces_credentials_certificate_and_peer_rules_and_opens_the_log_again) {
  start();
  TestClient client(connect(Transport::udp, config_.listen));
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.bind(peer.local());
  config::Config fresh = config_;
  fresh.credentials.users = {{"other", "secret"}};
  const net::TlsFiles renewed = make_certificate(folder_, 2);
  fresh.tls = {renewed.certificate, renewed.key};
  fresh.peers.deny = {{*IpPrefix::parse("127.0.0.3")}};
  reload(fresh, "reloaded");
  EXPECT_FALSE(logged("restart_needed"));
  EXPECT_TRUE(may_allocate("other", "secret"));
  EXPECT_FALSE(may_allocate("user", "pass"));
  EXPECT_EQ(TlsWire(config_.listen.tls.front()).certificate_serial(), 2);
  peer.send("still here", relay);
  EXPECT_EQ(client.data_from(peer.local()), "still here");
  client.turn().create_permission({{IpAddress::v4(127, 0, 0, 3), 9}}, clock_now());
  EXPECT_EQ(client.expect<client::Failed>().code, 403);
}

TEST_F(Application, a_reload_that_fails_leaves_everything_as_it_was) {
  start();
  ::kill(::getpid(), SIGHUP);
  ASSERT_TRUE(becomes_true(
      [this] { return logged("reload_refused reason=\"turnpike.yaml:7: realm: is no text\""); }, kPatience));
  config::Config fresh = config_;
  fresh.credentials.users = {{"other", "secret"}};
  fresh.tls.certificate = "/nowhere/cert.pem";
  // The log stays where it is, for the new configuration is not in force.
  const auto refused = [&](const char* why) {
    set_next(fresh);
    ::kill(::getpid(), SIGUSR2);
    EXPECT_TRUE(becomes_true([&] { return logged(why); }, kPatience)) << why;
    EXPECT_TRUE(may_allocate("user", "pass")) << why;
    EXPECT_FALSE(may_allocate("other", "secret")) << why;
    EXPECT_EQ(TlsWire(config_.listen.tls.front()).certificate_serial(), 1) << why;
  };
  refused("/nowhere/cert.pem");
  fresh.tls = config_.tls;
  fresh.log.file = folder_.path("log/no-folder");
  refused("log.file");
  fresh.log.file = config_.log.file;
  const UdpPort taken;
  fresh.listen.udp.push_back(taken.local());
  fresh.listen.tls.clear();
  const std::string why = "listen.udp: " + taken.local().to_string() + ": Address already in use";
  refused(why.c_str());
}

TEST_F(Application, a_reload_leaves_the_engine_alone_and_says_that_it_needs_a_restart) {
  start();
  config::Config fresh = config_;
  fresh.credentials.users = {{"other", "secret"}};
  fresh.relay.engine = config::Engine::kernel;
  reload(fresh, "reloaded");
  EXPECT_TRUE(
      logged("restart_needed reason=\"a key has changed that a reload leaves alone\" keys=[relay.engine]"))
      << folder_.read("log");
  EXPECT_FALSE(logged("listeners_changed"));
  EXPECT_TRUE(may_allocate("other", "secret"));
}

TEST_F(Application, files_of_a_name_are_taken_when_they_change_TLS_13) {
  const net::TlsFiles files = make_certificate(folder_, 2);
  config_.tls.names["turn.example.org"] = {files.certificate, files.key};
  start();
  const Endpoint server = config_.listen.tls.front();
  EXPECT_EQ(TlsWire(server, "turn.example.org").certificate_serial(), 2);
  const net::TlsFiles renewed = make_certificate(folder_, 3);
  std::filesystem::rename(renewed.certificate, files.certificate);
  std::filesystem::rename(renewed.key, files.key);
  EXPECT_TRUE(
      becomes_true([&] { return TlsWire(server, "turn.example.org").certificate_serial() == 3; }, kPatience));
  EXPECT_TRUE(
      becomes_true([&] { return logged("certificate_taken certificate=" + files.certificate); }, kPatience));
  EXPECT_EQ(TlsWire(server).certificate_serial(), 1);
}

TEST_F(Application, a_reload_opens_and_closes_listeners) {
  start();
  TestClient by_udp(connect(Transport::udp, config_.listen));
  TestClient by_tls(connect(Transport::tls, config_.listen));
  by_udp.allocate();
  UdpPort peer;
  const Endpoint relay = by_tls.allocate();
  by_tls.bind(peer.local());
  const config::ListenConfig old = config_.listen;
  config_.listen = loopback_listeners();
  config_.listen.tls.clear();
  const net::TlsFiles renewed = make_certificate(folder_, 2);
  reload(config_, "reloaded");
  EXPECT_FALSE(logged("restart_needed"));
  const auto name = [](const char* kind, const Endpoint& where) { return kind + where.to_string(); };
  EXPECT_TRUE(logged("listeners_changed opened=[" + name("udp:", config_.listen.udp[0]) + "," +
                     name("tcp:", config_.listen.tcp[0]) + "] closed=[" + name("udp:", old.udp[0]) + "," +
                     name("tcp:", old.tcp[0]) + "," + name("tls:", old.tls[0]) + "]"))
      << folder_.read("log");
  EXPECT_TRUE(may_allocate("user", "pass"));
  EXPECT_TRUE(becomes_true([this] { return logged("reason=\"listener closed\""); }, kPatience));
  EXPECT_THROW(TlsWire{old.tls[0]}, std::exception);
  peer.send("still here", relay);
  EXPECT_EQ(by_tls.data_from(peer.local()), "still here");
  by_tls.turn().bind_channel(config_.listen.udp[0], clock_now());
  EXPECT_EQ(by_tls.expect<client::Failed>().code, 403) << "an own listener is no peer";

  config_.listen.tls = old.tls;
  config_.tls = {renewed.certificate, renewed.key};
  reload(config_, ("opened=[" + name("tls:", old.tls[0]) + "] closed=[]").c_str());
  EXPECT_EQ(TlsWire(old.tls[0]).certificate_serial(), 2);
}

TEST_F(Application, SIGUSR1_drains_and_ends_when_the_last_allocation_has_ALT_08) {
  start();
  TestClient client(connect(Transport::udp, config_.listen));
  client.allocate();
  for (int i = 0; i < 2; ++i) ::kill(::getpid(), SIGUSR1);
  ASSERT_TRUE(becomes_true([this] { return logged("draining"); }, kPatience));
  EXPECT_TRUE(becomes_true([this] { return !may_allocate("user", "pass"); }));
  EXPECT_FALSE(logged("stopped"));
  client.turn().refresh(0, clock_now());
  client.expect<client::Refreshed>();
  ASSERT_TRUE(becomes_true([this] { return logged("stopped"); }, kPatience));
  wait();
  EXPECT_EQ(exit_code_, kExitOk);
}

TEST_F(Application, SIGTERM_drains_for_the_grace_time_and_a_second_one_ends_at_once) {
  config_.shutdown_grace_s = 60;
  start();
  TestClient client(connect(Transport::udp, config_.listen));
  client.allocate();
  ::kill(::getpid(), SIGTERM);
  ASSERT_TRUE(becomes_true([this] { return logged("draining"); }, kPatience));
  EXPECT_FALSE(logged("stopped"));
  EXPECT_LT(stop(SIGTERM), std::chrono::seconds(1));
  EXPECT_TRUE(logged("reason=shutdown"));
}

TEST_F(Application, SIGTERM_with_a_grace_time_ends_when_that_is_over) {
  config_.shutdown_grace_s = 1;
  start();
  TestClient client(connect(Transport::udp, config_.listen));
  client.allocate();
  EXPECT_GE(stop(SIGTERM), std::chrono::milliseconds(900));
  EXPECT_TRUE(logged("reason=shutdown"));
}

TEST_F(Application, does_not_start_where_something_is_wrong) {
  const UdpPort other(config_.listen.udp.front());
  const auto error_of = [](const config::Config& config) -> std::string {
    try {
      serve(config, {"", [&] { return config; }, [&](const config::Found&) { return config; }});
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  };
  EXPECT_EQ(error_of(config_), "listen.udp: " + other.local().to_string() + ": Address already in use");
  config::Config config = config_;
  config.listen = loopback_listeners();
  config.tls.key = "/nowhere/key.pem";
  EXPECT_EQ(error_of(config), "tls: TLS key /nowhere/key.pem: No such file or directory");
  config = config_;
  config.log.file = folder_.path("log/no-folder");
  EXPECT_TRUE(error_of(config).starts_with("log.file: "));
}

TEST_F(Application, its_first_line_says_that_there_is_no_configuration_file) {
  start();
  EXPECT_TRUE(logged(" started version=")) << folder_.read("log");
  EXPECT_TRUE(logged(" configuration=none listeners=[udp:" + config_.listen.udp.front().to_string()));
}

TEST_F(Application, without_credentials_it_says_so_and_answers_bindings) {
  config_.credentials.users.clear();
  start();
  EXPECT_TRUE(logged("no_credentials"));
  TestClient client(connect(Transport::udp, config_.listen));
  client.turn().binding(clock_now());
  EXPECT_TRUE(client.next<client::MappedAddress>().has_value());
  EXPECT_FALSE(may_allocate("user", "pass"));
}

}  // namespace
}  // namespace turnpike::app
