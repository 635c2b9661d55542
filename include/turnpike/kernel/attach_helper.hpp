// A helper process that keeps the privileges: it attaches the program to interfaces on request, and detaches
// it when its owner has gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "turnpike/kernel/attachment.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/privileges.hpp"

namespace turnpike::kernel {

// The work of the helper process: attaches programs to interfaces, which are named by their index.
class Attacher {
 public:
  virtual ~Attacher() = default;
  // Attaches the program at a hook. Returns an empty string, or one line that says why it failed.
  [[nodiscard]] virtual std::string attach(Hook hook, std::uint32_t interface) = 0;
  // Detaches the program from all hooks of the interface.
  virtual void detach(std::uint32_t interface) = 0;
  // Called last: everything is detached, and nothing will be attached any more.
  virtual void end() = 0;
};

// Runs an Attacher in a child process, so that the owner can drop the capabilities (capabilities.hpp); the
// helper alone keeps them, as `user` if one is given. However the owner ends, the helper detaches everything
// and ends as well. If the helper dies, a spare process forks a new one, which has attached nothing yet; if
// the spare has died before, there is no helper any more.
class AttachHelper {
 public:
  // Forks. Must be called while the process has one thread and no socket that others wait for. `attacher` is
  // used in the helper only. Throws std::system_error.
  explicit AttachHelper(Attacher& attacher, const std::optional<net::User>& user = std::nullopt);
  // Ends the helper and waits until everything is detached.
  ~AttachHelper();
  AttachHelper(const AttachHelper&) = delete;
  AttachHelper& operator=(const AttachHelper&) = delete;

  // Attach or detach by asking the helper, which blocks for milliseconds. Return an empty string, or one line
  // that says why it failed, for example because the helper died.
  [[nodiscard]] std::string attach(Hook hook, std::uint32_t interface);
  [[nodiscard]] std::string detach(std::uint32_t interface);

  // Returns a descriptor that is readable when the helper has died; for good if there is no other helper.
  int fd() const { return socket_.get(); }
  // Returns false if there is no helper any more.
  bool is_there() const { return is_there_; }
  // Returns true if the helper has died since the last call: nothing that it had attached is attached any
  // more.
  bool has_died();

  // Returns the process id of the first helper.
  pid_t pid() const { return pid_; }

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
