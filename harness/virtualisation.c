/* SPDX-License-Identifier: GPL-3.0-or-later */
/* virtualisation.c: which hypervisor this machine runs under. */

#include "virtualisation.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "proc_text.h"

/* Files that give a hypervisor away, in this order, where CPUID does not.  Patterns of fnmatch. */
static const struct {
  const char *path, *pattern, *name;
} clues[] = {
    {"/sys/hypervisor/type", "xen", "xen"},
    {"/sys/class/dmi/id/product_name", "*.metal*", "none"}, /* of Amazon, like its VMs */
    {"/sys/class/dmi/id/sys_vendor", "Amazon EC2", "amazon"},
    {"/sys/class/dmi/id/product_name", "Google Compute Engine", "google"},
    {"/sys/class/dmi/id/product_name", "KVM*", "kvm"},
    {"/sys/class/dmi/id/sys_vendor", "QEMU", "qemu"},
    {"/sys/class/dmi/id/product_name", "VMware*", "vmware"},
    {"/sys/class/dmi/id/product_name", "VirtualBox", "virtualbox"},
    {"/sys/class/dmi/id/product_name", "Virtual Machine", "hyperv"},
    {"/sys/class/dmi/id/product_name", "Parallels*", "parallels"},
    {"/sys/class/dmi/id/product_name", "Apple Virtualization*", "apple"},
    {"/sys/class/dmi/id/sys_vendor", "Xen", "xen"},
    {"/proc/device-tree/hypervisor/compatible", "xen*", "xen"},
    {"/proc/device-tree/hypervisor/compatible", "linux,kvm", "kvm"},
    {"/proc/device-tree/compatible", "linux,dummy-virt", "other"}, /* QEMU, Firecracker, ... */
};

#if defined(__x86_64__) || defined(__i386__)
/* What hypervisors call themselves in CPUID leaf 0x40000000. */
static const struct {
  const char *signature, *name;
} signatures[] = {
    {"KVMKVMKVM", "kvm"},      {"Microsoft Hv", "hyperv"},     {"VMwareVMware", "vmware"},
    {"XenVMMXenVMM", "xen"},   {"VBoxVBoxVBox", "virtualbox"}, {"TCGTCGTCGTCG", "qemu"},
    {"bhyve bhyve ", "bhyve"}, {" lrpepyh  vr", "parallels"},  {"ACRNACRNACRN", "acrn"},
};

/* The hypervisor that this CPU names; NULL of none that we know. */
static const char *hypervisor_by_cpuid(void)
{
  unsigned leaf;
  union {
    unsigned words[3];
    char text[13];
  } signature = {.text = ""};
  __cpuid(0x40000000, leaf, signature.words[0], signature.words[1], signature.words[2]);
  (void)leaf;
  for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
    if (strcmp(signatures[i].signature, signature.text) == 0)
      return signatures[i].name;
  return NULL;
}
#else
static const char *hypervisor_by_cpuid(void)
{
  return NULL;
}
#endif

/* The hypervisor that a file gives away; NULL of none.  -ENOMEM. */
static int hypervisor_by_clues(const char *root, const char **ret_name)
{
  for (size_t i = 0; i < sizeof clues / sizeof *clues; i++) {
    OWNED_TEXT text = NULL;
    int status = proc_text_read(root, clues[i].path, &text);
    if (status < 0)
      return status;
    if (text && fnmatch(clues[i].pattern, text, 0) == 0) {
      *ret_name = clues[i].name;
      return 0;
    }
  }
  *ret_name = NULL;
  return 0;
}

/* Only x86 says for certain that there is no hypervisor: elsewhere no clue leaves it unknown. */
int virtualisation_read(const char *root, const char *cpuinfo, const char **ret_name)
{
  struct span x86_flags = proc_text_field(cpuinfo, "flags");
  if (x86_flags.begin && !proc_text_has_word(x86_flags, "hypervisor")) {
    *ret_name = "none";
    return 0;
  }
  const char *name = x86_flags.begin && root[0] == '\0' ? hypervisor_by_cpuid() : NULL;
  if (!name) {
    int status = hypervisor_by_clues(root, &name);
    if (status < 0)
      return status;
  }
  *ret_name = !name && x86_flags.begin ? "other" : name;
  return 0;
}
