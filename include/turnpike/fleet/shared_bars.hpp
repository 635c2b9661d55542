// Knows who is barred in the whole fleet: what one node says, every node enforces.
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
#include "turnpike/fleet/pace.hpp"
#include "turnpike/fleet/word.hpp"

namespace turnpike::fleet {

// The word that counts for a user since another node has spoken, for the ledger. A bar also ends the user's
// allocations.
struct Verdict {
  Authority authority;
  std::string user_id;
  std::optional<TimePoint> until;  // none: no longer barred

  bool operator==(const Verdict&) const = default;
};

// The bounds of SharedBars.
struct SharedBarsOptions {
  std::size_t words_max = 131072;  // beyond it, the word that would end first is forgotten
  std::size_t pages_max = 65536;   // pages that a scan may have
  // The wait before a word that Redis has lost is put back, at most, if other nodes may do so as well; see
  // set_nodes().
  Duration restore_spread = std::chrono::seconds(2);
};

// Keeps the latest word of each authority about each user, so words may come twice, late and in any order.
// Redis has the words as keys, and each is published. After a reconnection a node reads all keys and puts
// back the words that Redis lacks: those said meanwhile, or all of them if Redis has begun anew. Of the nodes
// that know a word one puts it back; the others hear that and do not. Not thread-safe.
class SharedBars {
 public:
  // Makes an empty table; `random` must outlive it.
  SharedBars(const Keys& keys, const Seal& seal, std::string node_id, Random& random,
             const SharedBarsOptions& options = {});

  // Say a word of this node. `said` is LiveKit's time for words of LiveKit, and none for others. Return
  // false, and change nothing, if something later was said already.
  [[nodiscard]] bool bar(Authority authority, const std::string& user_id, Duration life,
                         std::optional<Said> said, const Now& now);
  [[nodiscard]] bool lift(Authority authority, const std::string& user_id, std::optional<Said> said,
                          const Now& now);

  // Takes the words that this process knew under another node id and secret. Call it before anything else.
  void take_over(const SharedBars& before, const Now& now);

  // Begins to hear messages and reads all keys again.
  void on_connected(const Now& now);
  // Drops what was not sent; own words are kept and sent after the next on_connected().
  void on_disconnected();
  // Takes a word that a node has published.
  void on_message(std::string_view channel, std::string_view message, const Now& now);
  // Takes an answer to a Scan of take_commands(); the cursor "0" marks the last page. The entries follow by
  // on_page(), while the next page is asked for.
  void on_names(const Scan& scan, std::string_view next_cursor, const Now& now);
  // Takes entries of a page; `is_all`: no more of it follow.
  void on_page(const std::vector<Entry>& entries, bool is_all, const Now& now);
  // Tells that Redis has refused to write the key; the write is tried again.
  void on_refused(std::string_view key, const Now& now);
  // Sets how many nodes may put a word back. The more there are, the longer each waits, so that only few of
  // them do so before the first one is heard.
  void set_nodes(std::size_t nodes) { nodes_ = nodes; }
  // Sends what is due; call it ten times a second.
  void tick(const Now& now);

  Commands take_commands() { return std::exchange(commands_, {}); }
  // Returns, for users about whom others have said something since the last call, what counts now, own words
  // included.
  std::vector<Verdict> take_verdicts();

  // Returns true if Redis is connected and all keys are read: words of other nodes are enforced here.
  bool is_caught_up() const { return is_connected_ && scans_left_ + pages_under_way_ == 0; }
  // Returns until when the authority bars the user; none if it does not.
  std::optional<TimePoint> barred_until(Authority authority, const std::string& user_id, TimePoint now) const;
  std::size_t size() const { return words_.size(); }
  const RecordFaults& faults() const { return faults_; }

 private:
  struct Known {
    Word word;
    TimePoint until;
    std::string key;
    bool is_saved = false;  // as far as is known, Redis has the word
    bool is_due = false;    // waits in due_ to be put back
    bool is_heard = false;  // the word came by way of Redis, so every connected node has it
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
  void end_scan_if_all(const Now& now);
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
  std::size_t scans_left_ = 0;  // of which names follow
  std::size_t pages_ = 0, pages_under_way_ = 0;
  Pace pace_ = pace_of_pages();
  TimePoint asked_;  // for the last page
  Said latest_ = 0;
  Commands commands_;
  std::unordered_map<std::string, Verdict> verdicts_;  // by key
  RecordFaults faults_;
};

}  // namespace turnpike::fleet
