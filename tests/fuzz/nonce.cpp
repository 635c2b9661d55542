// Fuzz harness: nonces as they come from the wire, of the process's own key and of a fleet's.
#include <algorithm>
#include <vector>

#include "harness.hpp"
#include "turnpike/turn/nonce.hpp"

namespace {

turnpike::turn::NonceFactory node(const std::vector<std::string>& secrets) {
  turnpike::turn::NonceFactory made({}, std::chrono::hours(1));
  made.set_shared_keys(turnpike::turn::NonceFactory::shared_keys(secrets));
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace turnpike;
  using turn::NonceFactory;
  constexpr Now kNow{TimePoint(std::chrono::seconds(5000)), 1'700'000'000};
  static const ClientEndpoint client = ClientEndpoint::parse("198.51.100.1:4000").value();
  static const NonceFactory nodes[] = {node({}), node({"new", "old"}), node({"old", "new"})};
  const std::string_view text = as_text(Bytes{data, size});
  for (const NonceFactory& checks : nodes) {
    const auto checked = checks.check(text, client, kNow);
    if (checked.verdict == NonceFactory::Verdict::forged) continue;
    const bool is_one = std::ranges::any_of(nodes, [&](const NonceFactory& makes) {
      return makes.issue(client, checked.features, kNow) == text;
    });
    fuzz::require(is_one && checked.verdict == NonceFactory::Verdict::valid,
                  "what was not made here is forged");
  }
  return 0;
}
