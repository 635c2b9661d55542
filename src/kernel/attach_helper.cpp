#include "turnpike/kernel/attach_helper.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "turnpike/kernel/capabilities.hpp"

namespace turnpike::kernel {

// What goes between the owner and its helpers is datagrams, which a helper answers in their order.
struct AttachHelper::Request {
  std::uint32_t number;  // from 1
  std::uint32_t interface;
  bool is_attach;
  Hook hook;  // to attach to
};

struct AttachHelper::Answer {
  std::uint32_t number;  // of the request; 0: this is another helper than before
  char reason[508];      // empty: it is done

  std::size_t size() const { return sizeof number + ::strnlen(reason, sizeof reason); }
};

namespace {

constexpr int kTriesMax = 2;  // what has killed two helpers is not asked of a third one

using Socket = net::FileDescriptor;

// 0: the other end is gone.
ssize_t receive(int socket, void* into, std::size_t size_max, int flags) {
  ssize_t size;
  do {
    size = ::recv(socket, into, size_max, flags);
  } while (size < 0 && errno == EINTR);
  return size;
}

std::optional<std::pair<Socket, Socket>> open_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
  return std::pair(Socket(ends[0]), Socket(ends[1]));
}

bool is_gone(int socket) {
  pollfd other_end{socket, POLLRDHUP, 0};
  return ::poll(&other_end, 1, 0) == 1 && (other_end.revents & (POLLHUP | POLLRDHUP)) != 0;
}

void wait_until_gone(int socket) {
  char nothing = 0;
  while (receive(socket, &nothing, sizeof nothing, 0) > 0) continue;
}

// Returns when the owner has closed its end or died.
template <class Request, class Answer>
void serve(int socket, Attacher& attacher) {
  std::set<std::uint32_t> attached;
  for (Request request; receive(socket, &request, sizeof request, 0) == sizeof request;) {
    std::string reason;
    if (request.is_attach) {
      reason = attacher.attach(request.hook, request.interface);
      if (reason.empty()) attached.insert(request.interface);
    } else if (attached.erase(request.interface) != 0) {
      attacher.detach(request.interface);
    }
    Answer answer{};
    answer.number = request.number;
    reason.copy(answer.reason, sizeof answer.reason);
    if (::send(socket, &answer, answer.size(), MSG_NOSIGNAL) < 0) break;
  }
  for (const std::uint32_t interface : attached) attacher.detach(interface);
  attacher.end();
}

// Signals of the terminal and of service managers are for the owner; the helper ends with it.
void ignore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT}) std::signal(signal, SIG_IGN);
}

// A child, linked to its parent: each sees the other one's end.
struct Fork {
  pid_t child;  // 0 in the child
  Socket link;  // none: it failed
};

Fork fork_linked() {
  auto ends = open_pair();
  const pid_t child = ends ? ::fork() : -1;
  if (child < 0) return {child, Socket()};
  return {child, std::move(child == 0 ? ends->second : ends->first)};
}

// Waits until its helper has died, and makes another one. It attaches nothing itself, so neither has any
// helper when it begins: a child would go on attaching what its parent has attached. Returns in a new helper.
template <class Answer>
Socket stand_by(int socket, Socket to_helper) {
  ::prctl(PR_SET_NAME, "turnpike-spare");
  pid_t helper = ::getppid();
  while (true) {
    wait_until_gone(to_helper.get());
    ::waitpid(helper, nullptr, 0);  // of which the first is no child
    if (is_gone(socket)) ::_exit(0);
    auto [child, link] = fork_linked();
    if (!link) ::_exit(1);
    helper = child;
    to_helper = std::move(link);
    if (child != 0) continue;
    const Answer greeting{};
    if (::send(socket, &greeting, greeting.size(), MSG_NOSIGNAL) < 0) ::_exit(0);
    return to_helper;
  }
}

template <class Request, class Answer>
[[noreturn]] void run_helper(int socket, Attacher& attacher, const std::optional<net::User>& user) {
  ignore_signals();
  if (!net::keep_only(kKernelEngineCapabilities, user))
    ::_exit(1);  // the owner is told that the helper has ended
  auto [spare, link] = fork_linked();
  if (spare == 0) link = stand_by<Answer>(socket, std::move(link));
  ::prctl(PR_SET_NAME, "turnpike-attach");
  serve<Request, Answer>(socket, attacher);
  ::_exit(0);  // only now the link ends
}

}  // namespace

AttachHelper::AttachHelper(Attacher& attacher, const std::optional<net::User>& user) {
  auto ends = open_pair();
  if (!ends) throw std::system_error(errno, std::generic_category(), "socketpair");
  socket_ = std::move(ends->first);
  const Socket theirs = std::move(ends->second);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ != 0) return;
  socket_ = Socket();
  run_helper<Request, Answer>(theirs.get(), attacher, user);
}

AttachHelper::~AttachHelper() {
  ::shutdown(socket_.get(), SHUT_WR);
  for (Answer answer; is_there_;) receive(answer, Patience::wait);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::string AttachHelper::attach(Hook hook, std::uint32_t interface) {
  return ask({0, interface, true, hook});
}

std::string AttachHelper::detach(std::uint32_t interface) { return ask({0, interface, false, Hook::tc}); }

// False: nothing is there, or nobody. Whoever watches fd() may have made it one that does not wait.
bool AttachHelper::receive(Answer& answer, Patience patience) {
  answer = {};
  pollfd ready{socket_.get(), POLLIN, 0};
  while (patience == Patience::wait && ::poll(&ready, 1, -1) < 0 && errno == EINTR) continue;
  const ssize_t size = kernel::receive(socket_.get(), &answer, sizeof answer, MSG_DONTWAIT);
  const bool is_gone = size == 0 || (size < 0 && errno != EAGAIN);
  if (is_gone && std::exchange(is_there_, false)) has_died_ = true;
  if (size > 0 && answer.number == 0) has_died_ = true;
  if (has_died_) ::waitpid(pid_, nullptr, WNOHANG);
  return size > 0;
}

// The helper may die over a request, or before it; whoever takes its place has not got it.
std::string AttachHelper::ask(Request request) {
  request.number = ++asked_;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    if (::send(socket_.get(), &request, sizeof request, MSG_NOSIGNAL) < 0) break;
    Answer answer;
    while (receive(answer, Patience::wait) && answer.number != 0) {
      if (answer.number == asked_) return {answer.reason, ::strnlen(answer.reason, sizeof answer.reason)};
    }
  }
  return "the process that attaches has ended";
}

bool AttachHelper::has_died() {
  for (Answer answer; receive(answer, Patience::none);) continue;
  return std::exchange(has_died_, false);
}

}  // namespace turnpike::kernel
