// A network namespace for a while: sockets made in it stay in it.
#pragma once

#include <string>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::bench {

// This thread is in the namespace of that name (of `ip netns`) as long as the object lives; nothing happens
// if the name is empty.
class EnteredNamespace {
 public:
  // Throws std::system_error.
  explicit EnteredNamespace(const std::string& name);
  ~EnteredNamespace();
  EnteredNamespace(const EnteredNamespace&) = delete;
  EnteredNamespace& operator=(const EnteredNamespace&) = delete;

 private:
  net::FileDescriptor home_;
};

}  // namespace turnpike::bench
