// The generator's TCP or TLS connection to a server: frames in, frames out, everything queued leaves in one
// write.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "load/stamp.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::bench {

class StreamLink {
 public:
  // Connects and shakes hands, for which it waits four seconds; certificates are not judged. `local` may be
  // no address, and `name` empty. Throws std::runtime_error, in words.
  StreamLink(const Endpoint& server, const IpAddress& local, bool tls, const std::string& name = {});
  StreamLink(const StreamLink&) = delete;
  StreamLink& operator=(const StreamLink&) = delete;

  int fd() const { return fd_.get(); }

  void queue(Bytes bytes);
  // A payload of `size` bytes with its stamp, behind `prefix`, padded to 4 as ChannelData on a stream is.
  void queue_stamped(Bytes prefix, const Stamp& stamp, std::size_t size);
  // Writes what the connection takes; false if something is left.
  bool flush();
  bool unsent() const { return sent_ < out_.size(); }

  // Hands out all frames that have arrived, without padding. False at the end of the stream, or if it is not
  // TURN.
  bool read(const std::function<void(Bytes frame)>& on_frame);

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  void handshake(const Endpoint& server, const std::string& name);
  // Bytes done, 0 if the call would block, negative at the end.
  long receive(MutableBytes out);
  long send(Bytes in);

  net::FileDescriptor fd_;
  std::unique_ptr<SSL, Free> ssl_;
  std::vector<std::uint8_t> out_;
  std::size_t sent_ = 0;
  std::vector<std::uint8_t> in_;
  std::size_t received_ = 0;
};

}  // namespace turnpike::bench
