// Fuzz harness: whatever a server answers, people see lines that leave their terminal as it is.
#include <boost/json/parse.hpp>

#include "harness.hpp"
#include "turnpike/console/screens.hpp"
#include "turnpike/console/text.hpp"

namespace {

using namespace turnpike;
using fuzz::require;

void require_harmless(const std::string& text) {
  for (const unsigned char c : text)
    require(c == '\n' || (c >= ' ' && c != 0x7f), "no control character is printed");
  std::string one_line = text;
  std::erase(one_line, '\n');
  require(console::printable(one_line) == one_line, "what is printed is printable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  require_harmless(console::printable(text));
  require(console::width_of(console::cut_to(console::printable(text), 20)) <= 20, "what is cut fits");
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object()) return 0;
  const boost::json::object& object = value.get_object();
  require_harmless(console::status_screen(object));
  require_harmless(console::refusals_text(text.substr(0, 10), object));
  require_harmless(console::certificates_text(object));
  require_harmless(console::ended_text(object));
  require_harmless(console::counts_line(object));
  require_harmless(console::sessions_text({object}));
  require_harmless(console::sessions_table({object}, 1));
  return 0;
}
