/* Wine 8 lacks this library of Windows 10, which Rust's standard library takes its random seeds from. Windows has its
   own; this one is for tests under wine alone. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID data, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return SystemFunction036(data, (ULONG)length);
}
