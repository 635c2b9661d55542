// The kernel engine of a build without it.
#include "turnpike/kernel/program.hpp"

namespace turnpike::kernel {

Result<std::unique_ptr<Program>, std::string> Program::load(const ProgramOptions&, TimePoint) {
  return obstacle();
}
std::string Program::obstacle() { return "this program was built without the kernel engine"; }

Result<std::unique_ptr<Attachment>, std::string> Attachment::open(int, Hook, std::uint32_t) {
  return std::string("built without");
}
Result<std::unique_ptr<Attachment>, std::string> Attachment::open_filter(int, Hook, std::uint32_t) {
  return std::string("built without");
}
unsigned remove_stale_filters(TimePoint) { return 0; }

// There is never a Program to call these for.
Attachment::~Attachment() = default;
Program::~Program() = default;
std::string Program::attach(Hook, std::uint32_t) { return ""; }
void Program::detach(std::uint32_t) {}
void Program::set_listener_ports(std::span<const std::uint16_t>) {}
void Program::heartbeat(TimePoint) {}
std::uint32_t Program::flow_count() const { return 0; }
int Program::descriptor(Hook) const { return -1; }

}  // namespace turnpike::kernel
