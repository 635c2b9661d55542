#include "turnpike/kernel/attach_helper.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <set>
#include <system_error>

#include "turnpike/kernel/capabilities.hpp"

namespace turnpike::kernel {

struct AttachHelper::Request {
  std::uint32_t interface;
  bool is_attach;
  Hook hook;  // to attach to
};

namespace {

constexpr std::size_t kAnswerMax = 512;

// One datagram; 0 when the other end is gone.
ssize_t receive(int socket, void* into, std::size_t size_max) {
  ssize_t size;
  do {
    size = ::recv(socket, into, size_max, 0);
  } while (size < 0 && errno == EINTR);
  return size;
}

// The first byte only tells an empty answer from the end of the other process.
std::string answer_of(const std::string& reason) { return ("=" + reason).substr(0, kAnswerMax); }

// Returns when the owner has closed its end or died.
template <class Request>
void serve(int socket, Attacher& attacher) {
  std::set<std::uint32_t> attached;
  for (Request request; receive(socket, &request, sizeof request) == sizeof request;) {
    std::string reason;
    if (request.is_attach) {
      reason = attacher.attach(request.hook, request.interface);
      if (reason.empty()) attached.insert(request.interface);
    } else if (attached.erase(request.interface) != 0) {
      attacher.detach(request.interface);
    }
    const std::string answer = answer_of(reason);
    if (::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
  }
  for (const std::uint32_t interface : attached) attacher.detach(interface);
}

// Signals of the terminal and of service managers are for the owner; the helper ends with it.
void ignore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT}) std::signal(signal, SIG_IGN);
}

template <class Request>
[[noreturn]] void run_helper(int socket, Attacher& attacher) {
  ignore_signals();
  ::prctl(PR_SET_NAME, "turnpike-attach");
  if (!keep_only(kKernelEngineCapabilities)) ::_exit(1);  // the owner is told that the helper has ended
  serve<Request>(socket, attacher);
  ::_exit(0);
}

}  // namespace

AttachHelper::AttachHelper(Attacher& attacher) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  socket_ = net::FileDescriptor(ends[0]);
  net::FileDescriptor theirs(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ != 0) return;
  socket_ = net::FileDescriptor();
  run_helper<Request>(theirs.get(), attacher);
}

AttachHelper::~AttachHelper() {
  socket_ = net::FileDescriptor();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::string AttachHelper::attach(Hook hook, std::uint32_t interface) { return ask({interface, true, hook}); }

std::string AttachHelper::detach(std::uint32_t interface) { return ask({interface, false, {}}); }

std::string AttachHelper::ask(const Request& request) {
  std::array<char, kAnswerMax> answer{};
  ssize_t size = ::send(socket_.get(), &request, sizeof request, MSG_NOSIGNAL);
  if (size > 0) size = receive(socket_.get(), answer.data(), answer.size());
  if (size <= 0) return "the process that attaches has ended";
  return std::string(answer.data() + 1, static_cast<std::size_t>(size) - 1);
}

}  // namespace turnpike::kernel
