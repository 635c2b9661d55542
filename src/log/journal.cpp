#include "turnpike/log/journal.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "turnpike/log/line.hpp"

namespace turnpike::log {
namespace {

// As syslog has them, in the order of Level.
constexpr char kPriorities[] = {'7', '6', '4', '3'};

std::string field_name(std::string_view name) {
  std::string upper = "TURNPIKE_";
  for (const char c : name) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// Is there none at the other end of the socket any more, or not yet?
bool is_gone(int error) {
  return error == ECONNREFUSED || error == ENOTCONN || error == ECONNRESET || error == EPIPE;
}

}  // namespace

bool is_journal_stream(std::string_view stream, int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

std::string journal_entry(const EventKind& kind, std::span<const Field> fields, std::string_view message) {
  std::string entry = fmt::format("MESSAGE={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=turnpike\nTURNPIKE_EVENT={}\n",
                                  message, kPriorities[static_cast<std::size_t>(kind.level)], kind.name);
  for (const Field& field : fields)
    entry += fmt::format("{}={}\n", field_name(field.name), plain_value(field));
  return entry;
}

Journal::Journal(std::string socket)
    : Output(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), true),
      socket_(std::move(socket)) {
  connect();
}

bool Journal::connect() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  return ::connect(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Output::Sent Journal::write_some(std::string_view& text, Duration patience) {
  if (!is_writable(patience)) return Sent::not_ready;
  ssize_t sent = ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
  if (sent < 0 && is_gone(errno) && connect()) sent = ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN || errno == EINTR ? Sent::not_ready : Sent::failed;
  text.remove_prefix(text.size());
  return Sent::some;
}

std::shared_ptr<Output> Journal::of_standard_output() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  if (stream == nullptr || !is_journal_stream(stream, STDOUT_FILENO)) return nullptr;
  auto journal = std::make_shared<Journal>();
  return journal->connect() ? journal : nullptr;
}

}  // namespace turnpike::log
