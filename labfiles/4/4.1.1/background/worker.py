"""A process of the exercise. Its number alone says which it is: an odd one burns a processor, an even one sleeps."""

import sys
import time

if __name__ == "__main__":
    number = int(sys.argv[1].rpartition("-")[2])
    while True:
        if number % 2 == 0:
            time.sleep(3600)
