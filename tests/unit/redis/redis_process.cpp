// Starts and ends real servers.
#include "redis_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "turnpike/net/asio.hpp"

namespace turnpike::redis {
namespace {

constexpr const char* kProgram = "/usr/bin/redis-server";
constexpr std::chrono::milliseconds kLook(5);
constexpr int kLooks = 2000;

}  // namespace

std::uint16_t free_port() {
  boost::asio::io_context context;
  const boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

bool RedisProcess::is_installed() { return ::access(kProgram, X_OK) == 0; }

RedisProcess::RedisProcess(Options options, bool is_sentinel)
    : port_(free_port()), is_sentinel_(is_sentinel) {
  std::string text = "port " + std::to_string(port_) + "\nbind 127.0.0.1\ndir " + folder_.path("") +
                     "\ndaemonize no\nprotected-mode no\nlogfile " + folder_.path("log") + "\n";
  if (!is_sentinel) text += "save \"\"\nappendonly no\nrepl-diskless-sync-delay 0\n";
  for (const std::string& line : options) text += line + "\n";
  folder_.write("redis.conf", text);
  start();
}

void RedisProcess::start() {
  const std::string file = folder_.path("redis.conf");
  const std::size_t before = log().size();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    ::execl(kProgram, kProgram, file.c_str(), is_sentinel_ ? "--sentinel" : nullptr, nullptr);
    ::_exit(127);
  }
  const std::string ready = is_sentinel_ ? "+monitor" : "eady to accept connections";
  for (int i = 0; i < kLooks && log().find(ready, before) == std::string::npos; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      throw std::runtime_error("redis-server ends: " + log());
    }
    std::this_thread::sleep_for(kLook);
  }
}

RedisProcess::~RedisProcess() { kill(); }

void RedisProcess::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void RedisProcess::kill() {
  signal(SIGKILL);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace turnpike::redis
