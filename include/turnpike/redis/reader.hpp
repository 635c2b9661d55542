// From the bytes of a connection to replies, by hiredis, which sees none that is not whole and within limits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/redis/reply.hpp"
#include "turnpike/redis/reply_scanner.hpp"

struct redisReader;  // hiredis

namespace turnpike::redis {

class Reader {
 public:
  explicit Reader(const ReplyLimits& limits = {});

  // Takes the bytes of one reply off the front; none: it needs more, and all bytes are taken. After a fault
  // there is nothing but that fault: the connection is to be dropped.
  Result<std::optional<Reply>, ReplyFault> read(std::string_view& bytes);

 private:
  Result<std::optional<Reply>, ReplyFault> parse(std::string_view whole);

  struct Free {
    void operator()(redisReader* reader) const;
  };
  ReplyScanner scanner_;
  std::string begun_;  // a reply of which more is to come
  std::unique_ptr<redisReader, Free> hiredis_;
  std::optional<ReplyFault> fault_;
};

}  // namespace turnpike::redis
