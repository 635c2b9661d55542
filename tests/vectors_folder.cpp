// The one source that is compiled with the folder's path, so that no other is compiled anew in another
// checkout.
#include "vectors_folder.hpp"

namespace turnpike::test {

std::string vectors_folder() { return TURNPIKE_VECTORS; }

}  // namespace turnpike::test
