// Fuzz harness: what Redis has under a fleet's keys, without a seal and with the right one.
#include <numeric>

#include "harness.hpp"
#include "turnpike/fleet/fleet.hpp"

namespace {

using namespace turnpike;
using namespace turnpike::fleet;
using fuzz::require;

constexpr Now kNow{TimePoint(std::chrono::hours(1)), 1750000000};

// What is read is written so that it is read again as the same.
template <class Record, class Fault>
void round_trip(const Result<Record, Fault>& record, std::string (*write)(const Record&),
                Result<Record, Fault> (*read)(std::string_view)) {
  if (!record) return;
  const auto again = read(write(*record));
  require(again && *again == *record, "what is written of a record is that record");
}

void check_payload(std::string_view payload) {
  if (payload.find("said") != std::string_view::npos)
    return round_trip(read_word(payload), &write_word, &read_word);
  if (payload.find("task") != std::string_view::npos)
    return round_trip(read_order(payload), &write_order, &read_order);
  if (payload.find("rows") != std::string_view::npos)
    return round_trip(read_holdings(payload), &write_holdings, &read_holdings);
  round_trip(read_node(payload), &write_node, &read_node);
}

// A node that is told this everywhere goes on as before.
void check_node(std::string_view text) {
  static const Seal seal("secret");
  static const Keys keys("t:", seal);
  SeededRandom random(1);
  Fleet node({.prefix = "t:", .secret = "secret"}, random);
  node.on_connected(kNow);
  for (std::size_t i = 0; i < kKinds; ++i) {
    const Kind kind = static_cast<Kind>(i);
    const std::string sealed = seal.close(kind, text);
    require(!seal.open(kind, text), "a record does not seal itself");
    for (const std::string& record : {std::string(text), sealed}) {
      node.on_message(keys.channel(kind), record, kNow);
      const std::vector<Entry> entries{{keys.channel(kind) + ":x:0", record, std::chrono::seconds(9)}};
      node.on_entries(entries, true);
      const Scan scan{keys.channel(kind) + ":"};
      node.on_names(scan, "0", kNow);
      node.on_page(scan, entries, true, kNow);
    }
  }
  node.tick({kNow.monotonic + std::chrono::seconds(1), kNow.unix_s + 1});
  require(node.nodes() <= 2 && node.bars().size() <= 1, "one text is one record at most");
  require(node.bars().lift(Authority::operators, "alice", {}, kNow), "operators are heard all the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  check_payload(text);
  // A whole node for each input would take its time.
  if (std::accumulate(data, data + size, 0U) % 128 == 0) check_node(text);
  return 0;
}
