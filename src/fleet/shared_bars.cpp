#include "turnpike/fleet/shared_bars.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::fleet {
namespace {

using std::chrono::milliseconds;

constexpr Duration kLiftLife =
    std::chrono::hours(24);  // no bar of LiveKit's that it may overtake lives longer
constexpr Duration kRetry = milliseconds(100);
constexpr std::size_t kSavesMax = 1000;  // of a tick
constexpr std::size_t kSpreadNodes = 8;  // for whom the spread is meant
constexpr Said kAheadMax_ms = 3600 * 1000;

bool is_same(const Word& a, const Word& b) { return !is_later(a, b) && !is_later(b, a); }

}  // namespace

SharedBars::SharedBars(const Keys& keys, const Seal& seal, std::string node_id, Random& random,
                       const SharedBarsOptions& options)
    : keys_(keys), seal_(seal), node_id_(std::move(node_id)), random_(random), options_(options) {}

bool SharedBars::bar(Authority authority, const std::string& user_id, Duration life, std::optional<Said> said,
                     const Now& now) {
  return say(
      {user_id, authority, true, std::clamp<Duration>(life, milliseconds(1), kWordLifeMax), 0, node_id_},
      said, now);
}

bool SharedBars::lift(Authority authority, const std::string& user_id, std::optional<Said> said,
                      const Now& now) {
  return say({user_id, authority, false, kLiftLife, 0, node_id_}, said, now);
}

bool SharedBars::say(Word word, std::optional<Said> said, const Now& now) {
  expire(now.monotonic);
  const std::string key = keys_.words(letter_of(word.authority), word.user_id)[0];
  const Known* known = find(key);
  word.said = said ? std::min(*said, kSaidMax) : next_said(known == nullptr ? nullptr : &known->word, now);
  if (known != nullptr && !is_later(word, known->word)) return is_same(word, known->word);
  TimePoint until = now.monotonic + word.life;
  if (known != nullptr && !word.is_bar) until = std::max(until, known->until);
  Known& mine = put(key, std::move(word), until);
  if (is_connected_) {
    save(mine, now.monotonic);
  } else {
    mine.is_saved = false;
  }
  return true;
}

// Clocks of nodes differ, so whoever speaks is later than all that it has heard.
Said SharedBars::next_said(const Word* known, const Now& now) {
  latest_ = std::max(latest_ + 1, static_cast<Said>(std::max<UnixSeconds>(now.unix_s, 0)) * 1000);
  return std::min(kSaidMax, known == nullptr ? latest_ : std::max(latest_, known->said + 1));
}

// A word from far ahead counts for its user, but does not put the clock of all others forward.
void SharedBars::learn(Said said, const Now& now) {
  if (said <= static_cast<Said>(std::max<UnixSeconds>(now.unix_s, 0)) * 1000 + kAheadMax_ms)
    latest_ = std::max(latest_, said);
}

SharedBars::Known* SharedBars::find(std::string_view key) {
  const auto found = words_.find(std::string(key));
  return found == words_.end() ? nullptr : &found->second;
}

SharedBars::Known& SharedBars::put(const std::string& key, Word word, TimePoint until) {
  if (const auto found = words_.find(key); found != words_.end()) forget(found);
  if (words_.size() >= options_.words_max) forget(words_.find(by_end_.begin()->second));
  by_end_.emplace(until, key);
  return words_.emplace(key, Known{std::move(word), until, key}).first->second;
}

void SharedBars::forget(Words::iterator entry) {
  by_end_.erase({entry->second.until, entry->first});
  words_.erase(entry);
}

void SharedBars::expire(TimePoint now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now) forget(words_.find(by_end_.begin()->second));
}

// Own words that Redis does not have yet stay own ones, which go there at once.
void SharedBars::take_over(const SharedBars& before, const Now& now) {
  latest_ = before.latest_;
  for (const auto& [key, known] : before.words_) {
    if (known.until <= now.monotonic) continue;
    Word word = known.word;
    if (!known.is_saved && word.node_id == before.node_id_) word.node_id = node_id_;
    put(keys_.words(letter_of(word.authority), word.user_id)[0], std::move(word), known.until);
  }
  for (const auto& [key, verdict] : before.verdicts_)
    verdicts_[keys_.words(letter_of(verdict.authority), verdict.user_id)[0]] = verdict;
}

void SharedBars::on_connected(const Now& now) {
  expire(now.monotonic);
  is_connected_ = true;
  pages_ = pages_under_way_ = 0;
  pace_.reset();
  asked_ = now.monotonic;
  due_.clear();
  for (auto& [key, known] : words_) {
    // Heard at once, and written when it is known that Redis has nothing later.
    if (!known.is_heard && known.word.node_id == node_id_)
      commands_.emplace_back(publication(known, now.monotonic));
    known.is_saved = known.is_due = false;
  }
  const std::vector<std::string> prefixes = keys_.prefixes(Kind::word);
  scans_left_ = prefixes.size();
  std::erase_if(commands_, [](const Command& each) { return std::holds_alternative<Scan>(each); });
  for (const std::string& prefix : prefixes) commands_.emplace_back(Scan{prefix, "0", pace_.size()});
}

void SharedBars::on_disconnected() {
  is_connected_ = false;
  scans_left_ = pages_under_way_ = 0;
  commands_.clear();
}

void SharedBars::on_message(std::string_view channel, std::string_view message, const Now& now) {
  const auto payload = seal_.open(Kind::word, message);
  if (!payload) return faults_.add(payload.error());
  auto word = read_word(*payload);
  if (!word) return faults_.add(word.error());
  // A node's own word comes back from its publication, which after a reconnection goes before the write.
  const bool is_saved = channel == keys_.channel(Kind::word) && word->node_id != node_id_;
  hear(std::move(*word), is_saved, now);
}

// Who publishes a word has written it before. An older word may so have taken the place of a later one.
void SharedBars::hear(Word word, bool is_saved, const Now& now) {
  expire(now.monotonic);
  learn(word.said, now);
  const std::string key = keys_.words(letter_of(word.authority), word.user_id)[0];
  Known* known = find(key);
  if (known != nullptr && is_same(word, known->word)) {
    known->is_saved = known->is_saved || is_saved;
    known->is_heard = true;
    return;
  }
  if (known != nullptr && !is_later(word, known->word)) {
    if (is_saved) known->is_saved = false;
    const Duration wait = known->word.node_id == node_id_ ? kRetry : some_of_spread();
    if (is_caught_up()) plan(*known, now.monotonic + wait);
    return;
  }
  const bool was_barred = known != nullptr && known->word.is_bar;
  const bool is_bar = word.is_bar;
  const TimePoint until = now.monotonic + word.life;
  if (is_bar || was_barred || known == nullptr)
    verdicts_[key] = {word.authority, word.user_id, is_bar ? std::optional(until) : std::nullopt};
  Known& heard = put(key, std::move(word), until);
  heard.is_saved = is_saved;
  heard.is_heard = true;
  if (!is_saved && is_caught_up()) plan(heard, now.monotonic + some_of_spread());
}

void SharedBars::read_entry(const Entry& entry, const Now& now) {
  const auto payload = seal_.open(Kind::word, entry.value);
  if (!payload) return faults_.add(payload.error());
  auto word = read_word(*payload);
  if (!word) return faults_.add(word.error());
  const std::vector<std::string> keys = keys_.words(letter_of(word->authority), word->user_id);
  if (std::ranges::find(keys, entry.key) == keys.end()) return faults_.add(RecordFault::misplaced);
  if (entry.life && *entry.life <= Duration{}) return;
  if (entry.life) word->life = std::min(word->life, *entry.life);
  hear(std::move(*word), entry.key == keys[0] && entry.life.has_value(), now);
}

void SharedBars::on_names(const Scan& scan, std::string_view next_cursor, const Now& now) {
  if (!is_connected_ || scans_left_ == 0) return;
  pace_.on_answer(now.monotonic - asked_);
  asked_ = now.monotonic;
  ++pages_under_way_;
  if (next_cursor == "0" || ++pages_ >= options_.pages_max) {
    --scans_left_;
  } else {
    commands_.emplace_back(Scan{scan.prefix, std::string(next_cursor), pace_.size()});
  }
}

void SharedBars::on_page(const std::vector<Entry>& entries, bool is_all, const Now& now) {
  if (!is_connected_ || pages_under_way_ == 0) return;
  for (const Entry& entry : entries) read_entry(entry, now);
  if (!is_all) return;
  --pages_under_way_;
  end_scan_if_all(now);
}

// What Redis should have and does not. Each node puts back its own words at once; for the words of others,
// whose nodes may be gone, it waits for somebody else to do so.
void SharedBars::end_scan_if_all(const Now& now) {
  if (!is_caught_up()) return;
  for (auto& [key, known] : words_) {
    const bool is_mine = known.word.node_id == node_id_;
    if (!known.is_saved) plan(known, now.monotonic + (is_mine ? Duration{} : some_of_spread()));
  }
  tick(now);
}

void SharedBars::on_refused(std::string_view key, const Now& now) {
  Known* known = find(key);
  if (known == nullptr) return;
  known->is_saved = false;
  plan(*known, now.monotonic + std::chrono::seconds(1) + some_of_spread());
}

void SharedBars::plan(Known& known, TimePoint when) {
  if (known.is_due || known.is_saved) return;
  known.is_due = true;
  due_.emplace(when, known.key);
}

// With n nodes the first of them is n times as early as they are on the average.
Duration SharedBars::some_of_spread() {
  const auto times = static_cast<std::int64_t>(std::max<std::size_t>(nodes_ / kSpreadNodes, 1));
  const auto most = std::chrono::duration_cast<milliseconds>(options_.restore_spread * times).count();
  return kRetry + milliseconds(random_.below(static_cast<std::uint32_t>(std::max<std::int64_t>(most, 1))));
}

void SharedBars::tick(const Now& now) {
  expire(now.monotonic);
  if (!is_connected_) return;
  for (std::size_t saved = 0; saved < kSavesMax && !due_.empty() && due_.begin()->first <= now.monotonic;) {
    Known* known = find(due_.begin()->second);
    due_.erase(due_.begin());
    if (known == nullptr || !std::exchange(known->is_due, false) || known->is_saved) continue;
    save(*known, now.monotonic);
    ++saved;
  }
}

// An own word may have come later than the one that was heard.
std::vector<Verdict> SharedBars::take_verdicts() {
  std::vector<Verdict> verdicts;
  verdicts.reserve(verdicts_.size());
  for (auto& [key, verdict] : std::exchange(verdicts_, {})) {
    if (const Known* known = find(key))
      verdict.until = known->word.is_bar ? std::optional(known->until) : std::nullopt;
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

Publish SharedBars::publication(const Known& known, TimePoint now) const {
  Word word = known.word;
  word.life = known.until - now;
  return {keys_.channel(Kind::word), seal_.close(Kind::word, write_word(word))};
}

void SharedBars::save(Known& known, TimePoint now) {
  Publish published = publication(known, now);
  commands_.emplace_back(Write{known.key, published.message, known.until - now});
  commands_.emplace_back(std::move(published));
  known.is_saved = true;
}

std::optional<TimePoint> SharedBars::barred_until(Authority authority, const std::string& user_id,
                                                  TimePoint now) const {
  const auto found = words_.find(keys_.words(letter_of(authority), user_id)[0]);
  if (found == words_.end() || !found->second.word.is_bar || found->second.until <= now) return std::nullopt;
  return found->second.until;
}

}  // namespace turnpike::fleet
