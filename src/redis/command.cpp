#include "turnpike/redis/command.hpp"

#include <hiredis.h>

#include <memory>
#include <new>

namespace turnpike::redis {
namespace {

struct FreeCommand {
  void operator()(char* bytes) const { ::redisFreeCommand(bytes); }
};

}  // namespace

std::optional<std::string> encode(const Command& command) {
  if (command.empty() || command.size() > kCommandWordsMax) return std::nullopt;
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  std::size_t total = 0;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
    total += word.size();
    if (word.size() > kCommandBytesMax || total > kCommandBytesMax) return std::nullopt;
  }
  char* formatted = nullptr;
  const auto size =
      ::redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), words.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();  // of a list of words nothing else is wrong
  const std::unique_ptr<char, FreeCommand> bytes(formatted);
  return std::string(bytes.get(), static_cast<std::size_t>(size));
}

}  // namespace turnpike::redis
