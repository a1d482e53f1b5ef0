print(Pi)
quit
