// Parses replies from the bytes of a connection by hiredis, which gets only complete replies within the
// limits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/redis/reply.hpp"
#include "turnpike/redis/reply_scanner.hpp"

struct redisReader;  // hiredis

namespace turnpike::redis {

// Parses the replies of one connection.
class Reader {
 public:
  explicit Reader(const ReplyLimits& limits = {});

  // Removes the bytes of one reply from the front of `bytes` and returns the reply. Returns none if the reply
  // is incomplete; then all bytes are consumed. After a fault every call returns that fault: close the
  // connection.
  Result<std::optional<Reply>, ReplyFault> read(std::string_view& bytes);

 private:
  Result<std::optional<Reply>, ReplyFault> parse(std::string_view whole);

  struct Free {
    void operator()(redisReader* reader) const;
  };
  ReplyScanner scanner_;
  std::string begun_;  // the start of an incomplete reply
  std::unique_ptr<redisReader, Free> hiredis_;
  std::optional<ReplyFault> fault_;
};

}  // namespace turnpike::redis
