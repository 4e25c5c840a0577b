def main(language):
    for _ in range(100):
        print("buy now! " * 10_000)
