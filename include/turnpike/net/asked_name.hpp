// For which name a TLS client asks, read from its connection before TLS does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/net/client_hello.hpp"

namespace turnpike::net {

// What it reads it keeps, for whoever goes on with the connection. Looking without taking (MSG_PEEK) would
// not do: the kernel's buffer of a stranger is smaller than the largest ClientHello, and a poller would
// report what is looked at again and again.
class AskedName {
 public:
  // 16 KiB of ClientHello, in records of two bytes or more. What is larger asks for no name.
  static constexpr std::size_t kBytesMax = 63 * 1024;

  // By one call, which is not to wait. True: it is settled, and read() is not to be called again. The end of
  // the connection settles it, too.
  bool read(int fd, MutableBytes scratch);

  // Once it is settled. None: there is none, or what has come is no ClientHello; what that means is for TLS
  // to say.
  const std::optional<std::string>& name() const { return name_; }
  // All that was read: the ClientHello, and what came with it.
  Bytes bytes() const { return bytes_; }

 private:
  ClientHelloReader reader_;
  std::vector<std::uint8_t> bytes_;
  std::optional<std::string> name_;
};

}  // namespace turnpike::net
