#include "turnpike/redis/reader.hpp"

#include <hiredis.h>

#include <new>

namespace turnpike::redis {
namespace {

constexpr std::size_t kKeptBytesMax = 65536;  // of the memory of a large reply, once that is read

struct FreeReply {
  void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};

std::string text_of(const redisReply& reply) { return {reply.str, static_cast<std::size_t>(reply.len)}; }

// As deep as the scanner allows.
Reply value_of(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER: return Reply::integer(reply.integer);
    case REDIS_REPLY_STATUS: return Reply::status(text_of(reply));
    case REDIS_REPLY_ERROR: return Reply::error(text_of(reply));
    case REDIS_REPLY_STRING: return Reply::string(text_of(reply));
    case REDIS_REPLY_ARRAY: {
      Reply array = Reply::array({});
      array.elements.reserve(reply.elements);
      for (std::size_t i = 0; i < reply.elements; ++i) array.elements.push_back(value_of(*reply.element[i]));
      return array;
    }
    default: return Reply::nil();
  }
}

}  // namespace

void Reader::Free::operator()(redisReader* reader) const { ::redisReaderFree(reader); }

Reader::Reader(const ReplyLimits& limits) : scanner_(limits), hiredis_(::redisReaderCreate()) {
  if (!hiredis_) throw std::bad_alloc();
}

Result<std::optional<Reply>, ReplyFault> Reader::read(std::string_view& bytes) {
  if (fault_) return *fault_;
  const auto size = scanner_.scan(bytes);
  if (!size) return fault_.emplace(size.error());
  const std::string_view piece = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  if (scanner_.is_done() && begun_.empty()) return parse(piece);

  begun_ += piece;
  if (!scanner_.is_done()) return std::optional<Reply>();
  auto reply = parse(begun_);
  begun_.clear();
  if (begun_.capacity() > kKeptBytesMax) begun_.shrink_to_fit();
  return reply;
}

Result<std::optional<Reply>, ReplyFault> Reader::parse(std::string_view whole) {
  void* found = nullptr;
  const bool is_fed = ::redisReaderFeed(hiredis_.get(), whole.data(), whole.size()) == REDIS_OK;
  const bool is_read = is_fed && ::redisReaderGetReply(hiredis_.get(), &found) == REDIS_OK;
  const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(found));
  if (!is_read || !reply) return fault_.emplace(ReplyFault::malformed);
  return std::optional(value_of(*reply));
}

}  // namespace turnpike::redis
