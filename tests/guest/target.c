/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs of tests/guest/progs watch: known numbers of calls, in a process that names itself when they begin. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noinline)) int work(int n);

int work(int n)
{
	__asm__ volatile("" : "+r"(n));
	return n * 2;
}

int main(void)
{
	int denied = 0, sum = 0;

	prctl(PR_SET_NAME, "guest-counted");
	for (int i = 0; i < 7; i++)
		syscall(SYS_getppid);
	for (int i = 0; i < 3; i++)
		syscall(SYS_unlinkat, AT_FDCWD, "/skep/is/not/here", 0);
	for (int i = 1; i <= 5; i++)
		sum += work(i);
	for (int i = 0; i < 2; i++)
		if (getpgid(0) < 0)
			return 1;
	for (int i = 0; i < 4; i++) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			denied++;
		else
			close(fd);
	}
	prctl(PR_SET_NAME, "guest-target");
	printf("denied %d, sum %d\n", denied, sum);
	return 0;
}
