// A descriptor that is closed with its owner.
#pragma once

namespace turnpike::net {

// Owns a descriptor and closes it in its destructor; -1 stands for none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  // Gives the descriptor up without closing it; returns -1 if there is none.
  int release();
  // Closes the descriptor, if there is one.
  void reset();

 private:
  int fd_ = -1;
};

}  // namespace turnpike::net
