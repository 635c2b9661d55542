#include "turnpike/node/redis_words.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace turnpike::node {
namespace {

using std::chrono::milliseconds;

// Whoever has it is believed for ten lives at most: a key without an end, or one that a clock put back has
// made last for hours, would leave the task to nobody.
constexpr std::string_view kClaim =
    "local left=redis.call('pttl',KEYS[1]) "
    "if left<0 or left>10*tonumber(ARGV[2]) then "
    "redis.call('set',KEYS[1],ARGV[1],'px',ARGV[2]) return 1 else return 0 end";

// With the token as the only argument that decides, so that nobody renews or deletes what is somebody else's.
constexpr std::string_view kRenew =
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) else return 0 "
    "end";
constexpr std::string_view kGiveUp =
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end";

std::string text_of(Duration life) {
  return std::to_string(
      std::max<milliseconds::rep>(std::chrono::duration_cast<milliseconds>(life).count(), 1));
}

struct InWords {
  std::vector<redis::Command> operator()(const fleet::Write& write) const {
    return {{"SET", write.key, write.value, "PX", text_of(write.life)}};
  }
  std::vector<redis::Command> operator()(const fleet::Erase& erase) const { return {{"DEL", erase.key}}; }
  std::vector<redis::Command> operator()(const fleet::Publish& publish) const {
    return {{"PUBLISH", publish.channel, publish.message}};
  }
  std::vector<redis::Command> operator()(const fleet::Read& read) const {
    std::vector<redis::Command> commands;
    for (const std::string& key : read.keys) {
      commands.push_back({"GET", key});
      commands.push_back({"PTTL", key});
    }
    return commands;
  }
  std::vector<redis::Command> operator()(const fleet::Scan& scan) const {
    return {{"SCAN", scan.cursor, "MATCH", pattern_of(scan.prefix), "COUNT", std::to_string(scan.keys)}};
  }
  std::vector<redis::Command> operator()(const fleet::Claim& claim) const {
    return {{"EVAL", std::string(kClaim), "1", claim.key, claim.token, text_of(claim.life)}};
  }
  std::vector<redis::Command> operator()(const fleet::Renew& renew) const {
    return {{"EVAL", std::string(kRenew), "1", renew.key, renew.token, text_of(renew.life)}};
  }
  std::vector<redis::Command> operator()(const fleet::GiveUp& give_up) const {
    return {{"EVAL", std::string(kGiveUp), "1", give_up.key, give_up.token}};
  }
};

}  // namespace

std::vector<redis::Command> words_of(const fleet::Command& command) { return std::visit(InWords{}, command); }

std::string pattern_of(std::string_view prefix) {
  constexpr std::string_view kMeaningful = "*?[]^-\\";
  std::string pattern;
  for (const char c : prefix) {
    if (kMeaningful.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + '*';
}

std::optional<Page> page_of(const redis::Reply& reply, std::string_view prefix) {
  const bool is_page = reply.is_array() && reply.elements.size() == 2 && reply.elements[0].is_string() &&
                       reply.elements[1].is_array();
  if (!is_page) return std::nullopt;
  std::set<std::string> keys;
  for (const redis::Reply& key : reply.elements[1].elements) {
    if (key.is_string() && key.text.starts_with(prefix)) keys.insert(key.text);
  }
  return Page{reply.elements[0].text, {keys.begin(), keys.end()}};
}

// A key that ends between the two questions has a life of -2, one without end -1.
std::vector<fleet::Entry> entries_of(std::span<const std::string> keys,
                                     std::span<const redis::Outcome> outcomes) {
  std::vector<fleet::Entry> entries;
  for (std::size_t i = 0; i < keys.size() && 2 * i + 1 < outcomes.size(); ++i) {
    const redis::Outcome& value = outcomes[2 * i];
    const redis::Outcome& left = outcomes[2 * i + 1];
    if (!value || !value->is_string() || !left || !left->is_integer() || left->number < -1) continue;
    fleet::Entry entry{keys[i], value->text};
    if (left->number >= 0)
      entry.life = milliseconds(std::min<std::int64_t>(
          left->number, std::chrono::duration_cast<milliseconds>(Duration::max()).count()));
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool is_done(const redis::Outcome& outcome) {
  return outcome && (outcome->is_status() || (outcome->is_integer() && outcome->number == 1));
}

}  // namespace turnpike::node
