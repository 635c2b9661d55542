// A process of its own that keeps the privileges: it attaches to interfaces when asked, and detaches when its
// owner is gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "turnpike/kernel/attachment.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/privileges.hpp"

namespace turnpike::kernel {

// What the helper does to an interface, named by its index.
class Attacher {
 public:
  virtual ~Attacher() = default;
  // Empty, or why not in one line.
  [[nodiscard]] virtual std::string attach(Hook hook, std::uint32_t interface) = 0;
  // From all hooks.
  virtual void detach(std::uint32_t interface) = 0;
  // Nothing is attached any more, nor will be.
  virtual void end() = 0;
};

// The owner may then drop its capabilities (capabilities.hpp), which the helper keeps alone, as `user` if one
// is given. However the owner ends, the helper detaches everything and ends as well. When the helper dies, a
// spare process forks another one in its place, which has attached nothing yet; when the spare has died
// before, nobody does.
class AttachHelper {
 public:
  // Forks: call it while the process has one thread and no sockets that others wait for. `attacher` is
  // used in the helper only. Throws std::system_error.
  explicit AttachHelper(Attacher& attacher, const std::optional<net::User>& user = std::nullopt);
  // Waits until everything is detached.
  ~AttachHelper();
  AttachHelper(const AttachHelper&) = delete;
  AttachHelper& operator=(const AttachHelper&) = delete;

  // Blocks for the milliseconds it takes. Empty, or why not in one line; the helper's death is a reason.
  [[nodiscard]] std::string attach(Hook hook, std::uint32_t interface);
  [[nodiscard]] std::string detach(std::uint32_t interface);

  // Readable when the helper has died; for good, if there is no other.
  int fd() const { return socket_.get(); }
  // False: there is none any more.
  bool is_there() const { return is_there_; }
  // True: it has died since the last call, so what it had attached is attached no more.
  bool has_died();

  pid_t pid() const { return pid_; }  // of the first one

 private:
  struct Request;
  struct Answer;
  std::string ask(Request request);
  enum class Patience { none, wait };
  bool receive(Answer& answer, Patience patience);

  net::FileDescriptor socket_;
  pid_t pid_;
  std::uint32_t asked_ = 0;  // number of the last request
  bool is_there_ = true, has_died_ = false;
};

}  // namespace turnpike::kernel
