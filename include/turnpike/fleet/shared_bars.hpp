// Who is barred in the whole fleet: what one node says, every node enforces.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/fleet/command.hpp"
#include "turnpike/fleet/keys.hpp"
#include "turnpike/fleet/word.hpp"

namespace turnpike::fleet {

// For the ledger: what counts since another node has spoken. A bar ends allocations, too.
struct Verdict {
  Authority authority;
  std::string user_id;
  std::optional<TimePoint> until;  // none: barred no more

  bool operator==(const Verdict&) const = default;
};

struct SharedBarsOptions {
  std::size_t words_max = 131072;  // the one that would end first makes room
  std::size_t pages_max = 65536;   // of a re-read
  // Whoever misses in Redis what others may put back as well waits so long, or less; see set_nodes().
  Duration restore_spread = std::chrono::seconds(2);
};

// The latest word about each user, of each authority: so words may come twice, late and in any order. Redis
// has them as keys, and they are published. A node that was cut off reads all keys again, and puts back what
// it knows and Redis does not: what was said meanwhile, and everything when Redis has begun anew. Of all the
// nodes that know a word one puts it back; the others hear that and leave it. Not thread-safe.
class SharedBars {
 public:
  SharedBars(const Keys& keys, const Seal& seal, std::string node_id, Random& random,
             const SharedBarsOptions& options = {});

  // This node's own words. LiveKit's have the time when LiveKit said so; others none. False: something later
  // was said already, and nothing changes.
  [[nodiscard]] bool bar(Authority authority, const std::string& user_id, Duration life,
                         std::optional<Said> said, const Now& now);
  [[nodiscard]] bool lift(Authority authority, const std::string& user_id, std::optional<Said> said,
                          const Now& now);

  // What was known as another node, under other secrets. Before anything else.
  void take_over(const SharedBars& before, const Now& now);

  // Messages are heard from now on: reads all again.
  void on_connected(const Now& now);
  void on_disconnected();
  void on_message(std::string_view channel, std::string_view message, const Now& now);
  // An answer to a Scan of take_commands(); the cursor "0" is the last.
  void on_page(const Scan& scan, const std::vector<Entry>& entries, std::string_view next_cursor,
               const Now& now);
  // Redis has refused to write the key: it is tried again.
  void on_refused(std::string_view key, const Now& now);
  // How many may put a word back. Of many the first one is early all the same: each waits the longer, so that
  // in the time until the others have heard of it only few of them do so, too.
  void set_nodes(std::size_t nodes) { nodes_ = nodes; }
  // To be called ten times a second.
  void tick(const Now& now);

  Commands take_commands() { return std::exchange(commands_, {}); }
  // About whom others have said something since: what counts by now, own words included.
  std::vector<Verdict> take_verdicts();

  // Connected, and all has been read: what another node says is enforced here.
  bool is_caught_up() const { return is_connected_ && scans_left_ == 0; }
  std::optional<TimePoint> barred_until(Authority authority, const std::string& user_id, TimePoint now) const;
  std::size_t size() const { return words_.size(); }
  const RecordFaults& faults() const { return faults_; }

 private:
  struct Known {
    Word word;
    TimePoint until;
    std::string key;
    bool is_saved = false;  // Redis has it, for all that is known
    bool is_due = false;    // to be put back
  };
  using Words = std::unordered_map<std::string, Known>;  // by key

  bool say(Word word, std::optional<Said> said, const Now& now);
  Said next_said(const Word* known, const Now& now);
  void learn(Said said, const Now& now);
  Known* find(std::string_view key);
  Known& put(const std::string& key, Word word, TimePoint until);
  void forget(Words::iterator entry);
  void expire(TimePoint now);
  void hear(Word word, bool is_saved, const Now& now);
  void read_entry(const Entry& entry, const Now& now);
  void end_scan(const Now& now);
  void plan(Known& known, TimePoint when);
  Duration some_of_spread();
  Publish publication(const Known& known, TimePoint now) const;
  void save(Known& known, TimePoint now);

  Keys keys_;
  Seal seal_;
  std::string node_id_;
  Random& random_;
  SharedBarsOptions options_;
  Words words_;
  std::set<std::pair<TimePoint, std::string>> by_end_;
  std::multimap<TimePoint, std::string> due_;
  bool is_connected_ = false;
  std::size_t nodes_ = 1;
  std::size_t scans_left_ = 0;
  std::size_t pages_ = 0;
  Said latest_ = 0;
  Commands commands_;
  std::unordered_map<std::string, Verdict> verdicts_;  // by key
  RecordFaults faults_;
};

}  // namespace turnpike::fleet
