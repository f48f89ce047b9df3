/*
 * replay - reads every file of a corpus folder again with the code that a fuzzer drives.
 * A crash ends the program, which the runner counts as a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX_BYTES = 4 << 20 };

static int replay(const char *folder, const char *name)
{
	char path[1024];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return -1;
	uint8_t *data = malloc(FILE_MAX_BYTES);
	size_t size = data ? fread(data, 1, FILE_MAX_BYTES, f) : 0;
	(void)fclose(f);
	uint8_t *exact = malloc(size ? size : 1);
	if (!data || !exact)
		return -1;
	memcpy(exact, data, size);
	free(data);
	(void)printf("  reading %s\n", name);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	if (!folder) {
		(void)fprintf(stderr, "replay: which folder? %s\n", argc == 2 ? argv[1] : "");
		return 2;
	}
	int passed = 0, failed = 0;
	for (struct dirent *d; (d = readdir(folder));) {
		if (d->d_name[0] == '.')
			continue;
		if (replay(argv[1], d->d_name) == 0)
			passed++;
		else
			failed++;
	}
	(void)closedir(folder);
	(void)printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
